// A name and its explanation, as `--help` lists them.

/// An item of a list that a terminal of 80 columns shows as it is.
struct HelpItem {
    private static let widthMax = 78

    let name: String
    let help: String
    /// The default; empty for none.
    let standard: String

    /// The items, one below the other: each name with its default in parentheses, and its explanation indented.
    static func list(_ items: [HelpItem]) -> String {
        items.map { item in
            let title = "  " + item.name + (item.standard.isEmpty ? "" : " (\(item.standard))")
            return ([title] + lines(of: item.help, indent: "      ")).joined(separator: "\n")
        }
        .joined(separator: "\n")
    }

    private static func lines(of text: String, indent: String) -> [String] {
        text.split(separator: " ").reduce(into: [String]()) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= widthMax {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(indent + word)
            }
        }
    }
}
