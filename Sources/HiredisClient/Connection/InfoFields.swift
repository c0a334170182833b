// Replies to INFO and CLUSTER INFO: lines of a name, a colon and a value, and headings, which are passed over.

/// The values of such a reply by their names.
func infoFields(_ reply: String) -> [Substring: String] {
    var fields: [Substring: String] = [:]
    for line in reply.split(whereSeparator: \.isNewline) {
        let sides = line.split(separator: ":", maxSplits: 1)
        if sides.count == 2 { fields[sides[0]] = String(sides[1]) }
    }
    return fields
}
