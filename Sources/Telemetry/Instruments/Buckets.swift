// The buckets of the catalogue, each named once.

/// Upper bounds of a histogram in its exposed unit, ascending, without `+Inf`.
public struct Buckets: Sendable {
    public let bounds: [Double]

    init(_ bounds: Double...) {
        self.bounds = bounds
    }

    /// Requests and flows.
    static let requests = Buckets(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
    /// Statements and transactions.
    static let database = Buckets(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
    /// Redis commands and other fast steps.
    static let redis = Buckets(0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
    /// Waiting for a connection of a pool.
    static let poolWaits = Buckets(0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
    /// How long a lock is held.
    static let locks = Buckets(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
    /// Waits of tasks that should run at once.
    static let lags = Buckets(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
    /// How old a hold was when it ended.
    static let holdAges = Buckets(1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600)
    /// Rows of a statement.
    static let rows = Buckets(1, 2, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000)
    /// Items of an order.
    static let items = Buckets(1, 2, 3, 5, 8, 10)
    /// Commands of a pipeline.
    static let pipelines = Buckets(1, 2, 3, 5, 8, 10, 16, 32, 64, 128)
    /// Sizes of bodies.
    static let sizes = Buckets(64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576)
}
