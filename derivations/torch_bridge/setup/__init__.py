"""A model and a criterion of torch, read off as a setup: which loss, with which options, of which model."""
