"""Still pictures of a layout: SVG, PNG and PDF, Mermaid and TikZ."""
