// The instruments of flows and duties. They count after COMMIT or after the Lua script's reply, never inside a retry
// loop.
//
// Conservation, held by the tests and shown on the dashboards: for checkouts and for purchases alike
//
//     attempts = success + Σ failure + in progress
//
// where an attempt is a POST that reached its flow. ``SaleInstruments/checkoutInProgress`` is raised with the attempt
// and lowered with the outcome, exactly once, however the flow ends.

/// The sale, checkout and purchase family. A property is named like its metric.
public final class SaleInstruments: Sendable {
    // The sale: a scrape sets these from the gate, or without Redis from Postgres. They show the last sale until the
    // next starts.
    public let saleItemsTotal: Gauge<NoLabels>
    public let saleItemsSold: Gauge<NoLabels>
    public let saleItemsHeld: Gauge<NoLabels>
    public let saleItemsAvailable: Gauge<NoLabels>
    public let saleActive: Gauge<NoLabels>
    public let saleStartTimestampSeconds: Reading<NoLabels>
    public let saleEndTimestampSeconds: Reading<NoLabels>

    // Checkouts.
    public let checkoutAttemptsTotal: Counter<NoLabels>
    public let checkoutSuccessTotal: Counter<NoLabels>
    public let checkoutFailureTotal: Counter<Reason>
    public let checkoutInProgress: Gauge<NoLabels>
    public let checkoutDurationSeconds: Histogram<FlowOutcome>
    public let checkoutHoldsActive: Gauge<NoLabels>
    public let checkoutHoldsCreatedTotal: Counter<NoLabels>
    public let checkoutHoldsReleasedTotal: Counter<HoldOutcome>
    public let checkoutHoldAgeSeconds: Histogram<HoldOutcome>
    public let checkoutHoldSweepDurationSeconds: Histogram<NoLabels>
    public let checkoutHoldSweepLastSuccessTimestampSeconds: Reading<PodNumber>

    // Purchases.
    public let purchaseAttemptsTotal: Counter<NoLabels>
    /// Whole and partial purchases; ``purchaseItemsFailedTotal`` counts the items that a partial one did not get.
    public let purchaseSuccessTotal: Counter<NoLabels>
    public let purchaseFailureTotal: Counter<Reason>
    public let purchaseInProgress: Gauge<NoLabels>
    public let purchaseDurationSeconds: Histogram<FlowOutcome>
    public let purchaseItemsPerOrder: Histogram<NoLabels>
    public let purchaseItemsFailedTotal: Counter<Reason>
    /// Raised by the units of an order only after its COMMIT.
    public let saleItemsSoldTotal: Counter<NoLabels>
    public let idempotentReplaysTotal: Counter<ReplayedOperation>

    // The walls, and whether gate and ledger agree.
    public let saleOversellPreventedTotal: Counter<OversellGuard>
    /// Units sold beyond the stock, by the ledger. Must be 0.
    public let saleOversoldItems: Gauge<NoLabels>
    public let saleStockDriftItems: Gauge<DriftSource>
    public let saleReconciliationRunsTotal: Counter<ReconciliationResult>
    public let saleReconciliationDurationSeconds: Histogram<NoLabels>
    public let saleReconciliationLastSuccessTimestampSeconds: Reading<PodNumber>
    public let saleReconciliationCorrectionsTotal: Counter<CorrectionDirection>

    init(_ catalogue: inout Catalogue, pods: [PodNumber]) {
        saleItemsTotal = catalogue.gauge(
            "sale_items_total", "Units of the sales that are on, one of each shop; else of the last one.")
        saleItemsSold = catalogue.gauge("sale_items_sold", "Units of these sales that are sold.")
        saleItemsHeld = catalogue.gauge("sale_items_held", "Units of these sales that are held.")
        saleItemsAvailable = catalogue.gauge(
            "sale_items_available", "Units of these sales that are neither sold nor held.")
        saleActive = catalogue.gauge("sale_active", "Sales that are open: one of each shop at most.")
        saleStartTimestampSeconds = catalogue.reading(
            "sale_start_timestamp_seconds", "Start of the first of these sales in seconds since 1970.", unit: .seconds)
        saleEndTimestampSeconds = catalogue.reading(
            "sale_end_timestamp_seconds", "End of the last of these sales in seconds since 1970.", unit: .seconds)

        checkoutAttemptsTotal = catalogue.counter("checkout_attempts_total", "Checkouts begun.")
        checkoutSuccessTotal = catalogue.counter("checkout_success_total", "Checkouts that hold their item.")
        checkoutFailureTotal = catalogue.counter(
            "checkout_failure_total", "Checkouts refused or failed, by reason.",
            only: Reason.all(of: .checkout), keepsExemplars: true)
        checkoutInProgress = catalogue.gauge("checkout_in_progress", "Checkouts begun and not yet ended.")
        checkoutDurationSeconds = catalogue.histogram(
            "checkout_duration_seconds", "Duration of a checkout in seconds, without HTTP.", .requests,
            keepsExemplars: true)
        checkoutHoldsActive = catalogue.gauge("checkout_holds_active", "Holds that have not ended.")
        checkoutHoldsCreatedTotal = catalogue.counter("checkout_holds_created_total", "Holds recorded.")
        checkoutHoldsReleasedTotal = catalogue.counter("checkout_holds_released_total", "Holds that ended, by how.")
        checkoutHoldAgeSeconds = catalogue.histogram(
            "checkout_hold_age_seconds", "Age of a hold in seconds when it ended.", .holdAges)
        checkoutHoldSweepDurationSeconds = catalogue.histogram(
            "checkout_hold_sweep_duration_seconds", "Duration of a sweep of expired holds in seconds.", .database)
        checkoutHoldSweepLastSuccessTimestampSeconds = catalogue.reading(
            "checkout_hold_sweep_last_success_timestamp_seconds",
            "When expired holds in all of a pod were last swept, in seconds since 1970.", unit: .seconds, only: pods)

        purchaseAttemptsTotal = catalogue.counter("purchase_attempts_total", "Purchases begun.")
        purchaseSuccessTotal = catalogue.counter("purchase_success_total", "Purchases that sold at least one item.")
        purchaseFailureTotal = catalogue.counter(
            "purchase_failure_total", "Purchases refused or failed, by reason.",
            only: Reason.all(of: .purchase), keepsExemplars: true)
        purchaseInProgress = catalogue.gauge("purchase_in_progress", "Purchases begun and not yet ended.")
        purchaseDurationSeconds = catalogue.histogram(
            "purchase_duration_seconds", "Duration of a purchase in seconds, without HTTP.", .requests,
            keepsExemplars: true)
        purchaseItemsPerOrder = catalogue.histogram(
            "purchase_items_per_order", "Items sold in one order.", unit: .none, .items)
        purchaseItemsFailedTotal = catalogue.counter(
            "purchase_items_failed_total", "Items of successful purchases that were not sold, by reason.",
            only: Reason.all(of: .purchasedItem))
        saleItemsSoldTotal = catalogue.counter("sale_items_sold_total", "Units sold, counted after COMMIT.")
        idempotentReplaysTotal = catalogue.counter(
            "idempotent_replays_total", "Requests that got a stored answer again.")

        saleOversellPreventedTotal = catalogue.counter(
            "sale_oversell_prevented_total", "Attempts to sell a unit that was not free, by the guard that refused.")
        saleOversoldItems = catalogue.gauge(
            "sale_oversold_items", "Units sold beyond the stock of a sale, of the one with most; must be 0.")
        saleStockDriftItems = catalogue.gauge(
            "sale_stock_drift_items",
            "Units of a sale on which gate and ledger differ, below 0 if the gate has fewer free; for counts, their "
                + "difference. Of several sales, that of the one with most.")
        saleReconciliationRunsTotal = catalogue.counter(
            "sale_reconciliation_runs_total", "Comparisons of gate and ledger, by result.")
        saleReconciliationDurationSeconds = catalogue.histogram(
            "sale_reconciliation_duration_seconds", "Duration of a comparison of gate and ledger in seconds.",
            .database)
        saleReconciliationLastSuccessTimestampSeconds = catalogue.reading(
            "sale_reconciliation_last_success_timestamp_seconds",
            "When all of a pod was last compared with its gate, in seconds since 1970.", unit: .seconds, only: pods)
        saleReconciliationCorrectionsTotal = catalogue.counter(
            "sale_reconciliation_corrections_total", "Units corrected in the gate, by direction.")
    }
}
