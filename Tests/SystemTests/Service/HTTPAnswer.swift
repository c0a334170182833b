// An answer of the service, with the facts that tests read.

import Foundation

struct HTTPAnswer: Sendable {
    let status: Int
    let fields: [(name: String, value: String)]
    var body: [UInt8] = []

    /// Reads the bytes up to and with the empty line; nil if they are no head of an answer.
    init?(head: ArraySlice<UInt8>) {
        var lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = lines.isEmpty ? [] : lines.removeFirst().split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else { return nil }
        self.status = status
        fields = lines.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
    }

    subscript(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The members of a body that is a JSON object; empty if it is none.
    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }

    func string(_ member: String) -> String? { json[member] as? String }

    /// The `Reason` of a refusal; nil for other answers.
    var reason: String? { status >= 400 ? string("code") : nil }

    /// The checkout code of an answer to a checkout.
    var code: String? { status == 200 ? string("code") : nil }

    /// The order in the answer, or in the refusal.
    var orderID: String? {
        string("order_id") ?? (json["order"] as? [String: Any])?["order_id"] as? String
    }
}
