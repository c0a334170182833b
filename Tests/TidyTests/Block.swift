// A declaration or statement with its braces, found by counting them. The code must be without strings and comments.

/// The code from a keyword to the closing brace of its body.
struct Block {
    /// Its lines in the code, from 0.
    let lines: Range<Int>
    /// How many braces are open around it.
    let depth: Int
    let text: String

    /// Every block that begins with a match of `opening`. A declaration without a body is not a block.
    static func all(in code: [String], opening: Regex<Substring>) -> [Block] {
        var depth = 0
        var blocks: [Block] = []
        for (index, line) in code.enumerated() {
            if let match = line.firstMatch(of: opening) {
                let before = line[..<match.range.lowerBound]
                let around = depth + balance(before)
                if let end = end(of: code, line: index, from: match.range.lowerBound, opening: opening) {
                    let text = code[index...end].joined(separator: "\n")
                    blocks.append(Block(lines: index..<(end + 1), depth: around, text: text))
                }
            }
            depth += balance(line[...])
        }
        return blocks
    }

    /// The braces that the text opens, less those that it closes.
    private static func balance(_ text: Substring) -> Int {
        text.utf8.reduce(0) { $0 + ($1 == UInt8(ascii: "{") ? 1 : $1 == UInt8(ascii: "}") ? -1 : 0) }
    }

    /// The line with the brace that closes the body; nil if another declaration begins before a body.
    private static func end(of code: [String], line: Int, from start: String.Index, opening: Regex<Substring>) -> Int? {
        let nextMember = #/^\s*(?:@|var\b|let\b|case\b|associatedtype\b)/#
        var braces = 0
        var parentheses = 0
        for index in line..<code.count {
            let text = index == line ? code[index][start...] : code[index][...]
            if index > line, braces == 0, parentheses == 0, text.contains(opening) || text.contains(nextMember) {
                return nil
            }
            for character in text.utf8 {
                switch character {
                case UInt8(ascii: "("): parentheses += 1
                case UInt8(ascii: ")"): parentheses -= 1
                case UInt8(ascii: "{") where parentheses == 0 || braces > 0: braces += 1
                case UInt8(ascii: "}") where braces == 0 && parentheses == 0: return nil
                case UInt8(ascii: "}") where parentheses == 0 || braces > 0:
                    braces -= 1
                    if braces == 0 && parentheses == 0 { return index }
                default: break
                }
            }
        }
        return nil
    }
}
