"""From a pull request as a source has it to one typed row, with the payload beside it."""
