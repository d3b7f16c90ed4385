"""Figures: one function each, `softmax(ax)`, or `depth(ax1, ax2)` for two panels side by side.

A function here draws on the axes that it is given and imports nothing but NumPy and snippets. Figures hold
symbols and proper names, never words, so that one drawing serves both languages. Functions that compute what
a figure shows stand beside it, so that a page can quote their numbers.
"""
