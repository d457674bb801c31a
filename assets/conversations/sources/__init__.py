"""Where function-calling chats come from: datasets of the Hugging Face hub, and files."""
