// A request of the load generator from its journal, read by the tests' own code.

struct RecordedExchange {
    let endpoint: Substring
    /// 0 if no answer came.
    var status = 0
    /// The numbers of the items that a purchase has sold.
    var sold: [Int] = []

    /// The service's labels for the journal's names.
    static let routes: [String: (handler: String, method: String)] = [
        "items": ("sale_items", "GET"), "checkout": ("checkout", "POST"), "purchase": ("purchase", "POST"),
        "cancel": ("checkout", "DELETE"),
    ]

    static func all(in journal: String) -> [RecordedExchange] {
        var exchanges: [Substring: RecordedExchange] = [:]
        for line in journal.split(separator: "\n") {
            let words = line.split(separator: " ")
            switch words.first {
            case "S" where words.count > 4: exchanges[words[1]] = RecordedExchange(endpoint: words[4])
            case "A" where words.count > 7:
                exchanges[words[1]]?.status = Int(words[3]) ?? 0
                exchanges[words[1]]?.sold = words[7].split(separator: ",").compactMap { Int($0) }
            default: break
            }
        }
        return Array(exchanges.values)
    }
}
