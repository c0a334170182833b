// Where the stores of a pod are. Their URLs are secrets, so they are settings of each instance and in no registry.

import FlashSale
import Textbook

/// What the settings of one pod besides home say: `FLASHSALE_POD_1_DATABASE_URL` and `FLASHSALE_POD_1_REDIS_URL`.
struct PodStores: Sendable {
    let databaseURL: Secret?
    let redisURL: Secret?
    /// A sentence for each that is not set.
    let problems: [String]

    /// - Parameter read: reads a setting by its key.
    init(_ pod: PodID, _ read: (String) -> String?) {
        let keys = ["database", "redis"].map { Self.key($0, of: pod) }
        let texts = keys.map(read)
        (databaseURL, redisURL) = (texts[0].map { Secret($0) }, texts[1].map { Secret($0) })
        problems = zip(keys, texts).compactMap { key, text in
            let (variable, pods) = (SettingText.variable(key), SettingText.variable("pods"))
            guard let text else { return "\(variable) is not set, and \(pods) names pod \(pod)" }
            return SettingText.blemish(of: text).map { "\(variable) \($0)" }
        }
    }

    /// Whether some pod has a setting of this key.
    static func isKey(_ key: String) -> Bool {
        let words = key.split(separator: ".", omittingEmptySubsequences: false)
        guard words.count == 4, let number = Int32(words[1]), let pod = PodID(number) else { return false }
        return ["database", "redis"].contains { Self.key($0, of: pod) == key }
    }

    /// What a sentence calls the setting of a pod's ledger.
    static func databaseVariable(of pod: PodID) -> String { SettingText.variable(key("database", of: pod)) }

    private static func key(_ store: String, of pod: PodID) -> String { "pod.\(pod).\(store).url" }
}
