"""What happens, one file a noun, one function a verb."""
