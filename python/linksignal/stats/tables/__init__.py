"""The tables of findings: frames in, Arrow tables by their contracts out."""
