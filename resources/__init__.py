"""What the platform reaches and runs on: settings, the lake, the engine, the warehouse."""
