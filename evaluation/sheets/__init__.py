"""The pages of scores: tables, the cases behind each number, exports, one's own sheet."""
