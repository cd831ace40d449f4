"""One step as it was computed: every call of its forward, and what each node was handed and handed on."""
