// The facts of an answer for a buyer in a rush.

import Foundation

/// The members of an answer that matter, read once.
struct RushAnswer: Sendable {
    let status: Int
    let reason: String?
    var code: String?
    var expires: Int?
    var soldItems: [Int] = []
    let isRetryDated: Bool

    init(_ answer: HTTPAnswer, to kind: RushRequest.Kind) {
        let json = answer.json
        status = answer.status
        isRetryDated = answer["Retry-After"] != nil
        guard status < 400 else {
            reason = json["code"] as? String
            code = json["checkout_code"] as? String
            return
        }
        reason = nil
        switch kind {
        case .checkout:
            code = json["code"] as? String
            expires = (json["expires_at"] as? String).flatMap(Self.milliseconds)
        case .purchase:
            let items = json["purchased_items"] as? [[String: Any]] ?? []
            soldItems = items.filter { $0["sold"] as? Bool == true }.compactMap { item in
                (item["id"] as? String)?.split(separator: "-").last.flatMap { Int($0) }
            }
        case .cancel: break
        }
    }

    private static func milliseconds(_ text: String) -> Int? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return (try? style.parse(text)).map { Int(($0.timeIntervalSince1970 * 1_000).rounded()) }
    }
}
