"""Regulatory reports: data, pages, seal, proof, schedule."""
