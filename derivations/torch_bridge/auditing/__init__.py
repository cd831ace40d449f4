"""Any network's step, node by node: what torch handed on, compared with what the node's operation says."""
