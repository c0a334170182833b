// Builds the journal's lines: text, one fact a line, so that grep works on them. `History` reads and describes them.

import Audit
import Textbook

/// Builds lines.
enum JournalLine {
    static func sent(
        _ request: UInt64, at: Int64, buyer: UInt32, _ errand: Errand, code: String?, to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: [UInt8(ascii: "S"), UInt8(ascii: " ")])
        bytes.append(decimal: request)
        bytes.append(UInt8(ascii: " "))
        bytes.append(decimal: at)
        bytes.append(UInt8(ascii: " "))
        bytes.append(decimal: buyer)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: errand.endpoint.name.utf8)
        bytes.append(UInt8(ascii: " "))
        if case .checkout(let item) = errand {
            bytes.append(decimal: item)
        } else {
            bytes.append(contentsOf: (code ?? "-").utf8)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    static func answered(
        _ request: UInt64, at: Int64, status: Int, _ outcome: Outcome, _ content: AnswerContent, to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: [UInt8(ascii: "A"), UInt8(ascii: " ")])
        bytes.append(decimal: request)
        bytes.append(UInt8(ascii: " "))
        bytes.append(decimal: at)
        bytes.append(UInt8(ascii: " "))
        bytes.append(decimal: status)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: outcome.name.utf8)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: (content.reason?.rawValue ?? "-").utf8)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: (content.code ?? "-").utf8)
        bytes.append(UInt8(ascii: " "))
        if content.soldItems.isEmpty { bytes.append(UInt8(ascii: "-")) }
        for (index, item) in content.soldItems.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(decimal: item)
        }
        bytes.append(UInt8(ascii: " "))
        if let expires = content.expiresAt {
            bytes.append(decimal: expires)
        } else {
            bytes.append(UInt8(ascii: "-"))
        }
        bytes.append(UInt8(ascii: "\n"))
    }
}
