// What gauges remember that are for the sales of all pods.

/// Numbers by sale. Pods share them: one's gauge must not hide another's trouble.
public final class SaleRecords: Sendable {
    let oversold = SaleNumbers()
    let countDrift = SaleNumbers()
    let drift = SaleNumbers()

    public init() {}
}
