// The settings that change how an instance's metrics read.

/// The facts of `flashsale_config_info`.
public struct ConfigurationInfo: Sendable {
    /// Items of a scheduled sale.
    public let saleLimit: Int
    /// Units that a buyer may take in one sale.
    public let userLimit: Int

    public init(saleLimit: Int = 10_000, userLimit: Int = 10) {
        self.saleLimit = saleLimit
        self.userLimit = userLimit
    }

    var labels: [LabelPair] {
        [
            LabelPair(name: "sale_limit", value: String(saleLimit)),
            LabelPair(name: "user_limit", value: String(userLimit)),
        ]
    }
}
