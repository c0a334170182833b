// The items that wait for their export: a ring with memory from the start, no lock, no output.

/// A bounded first-in-first-out queue. Items have a weight: a trace weighs its spans.
struct ExportQueue<Item: Sendable> {
    private var items: [(item: Item, weight: Int)?]
    private var head = 0
    private var count = 0
    /// The weight of all items together.
    private(set) var weight = 0

    init(weightMax: Int) {
        items = Array(repeating: nil, count: weightMax)
    }

    /// Takes an item, or returns false: a full queue refuses the newest.
    mutating func push(_ item: Item, weight itemWeight: Int) -> Bool {
        guard itemWeight > 0, weight + itemWeight <= items.count else { return false }
        items[(head + count) % items.count] = (item, itemWeight)
        count += 1
        weight += itemWeight
        return true
    }

    /// Takes out the oldest items up to a total weight, and at least one.
    mutating func pop(weightMax: Int) -> (items: [Item], weight: Int) {
        var batch: [Item] = []
        var batchWeight = 0
        while let next = items[head], batch.isEmpty || batchWeight + next.weight <= weightMax {
            batch.append(next.item)
            batchWeight += next.weight
            items[head] = nil
            head = (head + 1) % items.count
            count -= 1
        }
        weight -= batchWeight
        return (batch, batchWeight)
    }
}
