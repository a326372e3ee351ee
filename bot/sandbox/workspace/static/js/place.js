// Makes a container hold exactly these nodes in this order, without moving the ones already in place:
// a moved node loses focus and scroll position.
export function place(container, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...container.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (container.children[index] !== node) container.insertBefore(node, container.children[index] ?? null);
  });
}
