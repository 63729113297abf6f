"""The software of an inclusive-mobility platform."""

__version__ = "0.1.0"
