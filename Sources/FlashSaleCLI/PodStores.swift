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
        let keys = ["database", "redis"].map { "pod.\(pod).\($0).url" }
        let urls = keys.map { read($0).map { Secret($0) } }
        (databaseURL, redisURL) = (urls[0], urls[1])
        problems = zip(keys, urls).filter { $0.1 == nil }.map { key, _ in
            "FLASHSALE_\(key.uppercased().replacing(".", with: "_")) is not set, and FLASHSALE_PODS names pod"
                + " \(pod)"
        }
    }
}
