// The board of the sale: progress, attempts, reasons of failure, and the stock.

internal import Telemetry

extension Dashboard {
    static func sale(_ words: Vocabulary) -> Dashboard {
        let sale = words.instruments.sale
        return Dashboard(
            uid: "flashsale-sale", title: "Flash sale / Sale",
            purpose: "The current sale: progress, funnel, reasons, holds and the stock.",
            rows: [
                state(sale), room(words.instruments.room, sale), funnel(sale), walls(sale), holds(sale),
                reconciliation(sale), retention(words.instruments.retention),
                webhook(words.instruments.webhook),
            ])
    }

    private static func state(_ sale: SaleInstruments) -> Row {
        let sold = Expression.rate(sale.saleItemsSoldTotal).sum()
        let total = Expression.value(sale.saleItemsTotal).max()
        // Right after the start the stock seems to grow for ever.
        let soon = Expression.forecast(sale.saleItemsAvailable, seconds: 60).max().atLeast(0)
        return Row(
            "The sale",
            [
                Panel(
                    "Open sales", "Sales that are open now: one of each shop at most.", .count, as: .stat, width: 4,
                    thresholds: [.good(from: 1)], [Target(Expression.value(sale.saleActive).max(), "open")]),
                Panel(
                    "Ends in", "Time until the sale ends; below 0 after its end.", .seconds, as: .stat, width: 5,
                    isSigned: true,
                    [Target(Expression.value(sale.saleEndTimestampSeconds).max() - .now, "ends in")]),
                Panel(
                    "Began", "Time since the sale began; below 0 before its start.", .seconds, as: .stat, width: 5,
                    isSigned: true, [Target(age(sale.saleStartTimestampSeconds), "ago")]),
                Panel(
                    "Sold", "Share of the sale's units that are sold.", .ratio, as: .stat, width: 5,
                    [Target(soldShare(sale), "sold")]),
                Panel(
                    "Sold out in", "At the present rate; a day while nothing is sold.", .seconds, as: .stat, width: 5,
                    [
                        Target(
                            (Expression.value(sale.saleItemsAvailable).max() / sold.atLeast(1e-9)).atMost(86_400),
                            "sold out in")
                    ]),
                Panel(
                    "Stock", "The sale's units by state. The top of the stack is the whole sale.", .count, width: 12,
                    isStacked: true,
                    [
                        Target(Expression.value(sale.saleItemsSold).max(), "sold"),
                        Target(Expression.value(sale.saleItemsHeld).max(), "held"),
                        Target(Expression.value(sale.saleItemsAvailable).max(), "available"),
                    ]),
                Panel(
                    "Stock in a minute", "Available units now, and in a minute at the present rate.", .count,
                    width: 12,
                    [
                        Target(Expression.value(sale.saleItemsAvailable).max(), "now"),
                        Target(.binary(soon, .below, total).or(total), "in a minute"),
                    ]),
            ])
    }

    private static func funnel(_ sale: SaleInstruments) -> Row {
        func rate(_ counter: any Readable) -> Expression { Expression.rate(counter).sum() }
        func reasons(_ title: String, _ counter: any Readable) -> Panel {
            Panel(
                title, "Failures a second, by reason. Only reasons that occur are drawn.", .requestsPerSecond,
                isStacked: true,
                [
                    Target(
                        Expression.rate(counter).sum(by: Reason.labelName).compared(.above, 0), "{{reason}}",
                        .mayBeEmpty("only reasons that occur are drawn"))
                ])
        }
        return Row(
            "Funnel",
            [
                Panel(
                    "Funnel", "From the request for an item to its purchase, a second.", .operationsPerSecond,
                    [
                        Target(rate(sale.checkoutAttemptsTotal), "checkouts asked for"),
                        Target(rate(sale.checkoutSuccessTotal), "checkouts"),
                        Target(rate(sale.purchaseAttemptsTotal), "purchases asked for"),
                        Target(rate(sale.purchaseSuccessTotal), "purchases"),
                        Target(rate(sale.saleItemsSoldTotal), "units"),
                    ]),
                Panel(
                    "Conversion", "Purchases for each checkout.", .ratio,
                    [
                        Target(
                            rate(sale.purchaseSuccessTotal) / rate(sale.checkoutSuccessTotal).compared(.above, 0),
                            "bought", .mayBeEmpty("without checkouts there is no ratio"))
                    ]),
                Panel(
                    "Under way", "Checkouts and purchases begun and not yet ended.", .count,
                    [
                        Target(Expression.value(sale.checkoutInProgress).sum(), "checkouts"),
                        Target(Expression.value(sale.purchaseInProgress).sum(), "purchases"),
                    ]),
                reasons("Checkout failures", sale.checkoutFailureTotal),
                reasons("Purchase failures", sale.purchaseFailureTotal),
                reasons("Items left out of purchases", sale.purchaseItemsFailedTotal),
                duration("Checkout", sale.checkoutDurationSeconds), duration("Purchase", sale.purchaseDurationSeconds),
                Panel(
                    "Items per order", "Units in one order: the mean, and the most in 95 % of orders.", .count,
                    [
                        Target(.mean(sale.purchaseItemsPerOrder), "mean", .mayBeEmpty("no order, no mean")),
                        Target(
                            .quantile(0.95, sale.purchaseItemsPerOrder), "p95", .mayBeEmpty("no order, no quantile")),
                    ]),
            ])
    }

    private static func duration(_ noun: String, _ histogram: any Readable) -> Panel {
        Panel(
            "\(noun) duration p99", "Without HTTP, by how it ended.", .seconds,
            thresholds: Threshold.latency,
            [
                Target(
                    .quantile(0.99, histogram, by: FlowOutcome.labelName), "{{outcome}}",
                    .mayBeEmpty("an outcome that does not occur has no quantile"))
            ])
    }

    private static func walls(_ sale: SaleInstruments) -> Row {
        Row(
            "Never oversell",
            [
                Panel(
                    "Oversold units", "Sold beyond the stock. Anything but 0 stops the sale.", .count, as: .stat,
                    width: 6,
                    height: 8, thresholds: [.never], [Target(Expression.value(sale.saleOversoldItems).max(), "units")]),
                Panel(
                    "Oversell prevented", "Refusals a second, by guard. An earlier guard is cheaper.",
                    .operationsPerSecond, width: 10,
                    [
                        Target(
                            Expression.rate(sale.saleOversellPreventedTotal).sum(by: OversellGuard.labelName),
                            "{{guard}}", .stands)
                    ]),
                Panel(
                    "Replays", "Requests a second that got the stored answer of an earlier one.",
                    .requestsPerSecond,
                    [
                        Target(
                            Expression.rate(sale.idempotentReplaysTotal).sum(by: ReplayedOperation.labelName),
                            "{{operation}}", .stands)
                    ]),
            ])
    }

    private static func holds(_ sale: SaleInstruments) -> Row {
        Row(
            "Holds",
            [
                Panel(
                    "Holds", "Holds that have not ended, over all instances.", .count, width: 6,
                    [Target(Expression.value(sale.checkoutHoldsActive).max(), "holds")]),
                Panel(
                    "Holds begun and ended", "A second, by how they ended.", .operationsPerSecond, width: 6,
                    [
                        Target(Expression.rate(sale.checkoutHoldsCreatedTotal).sum(), "begun"),
                        Target(
                            Expression.rate(sale.checkoutHoldsReleasedTotal).sum(by: HoldOutcome.labelName),
                            "{{outcome}}", .stands),
                    ]),
                Panel(
                    "Age of ending holds", "How long buyers think. A band at the top shows holds that expire.",
                    .seconds, as: .heatmap, width: 6, [Target(.buckets(sale.checkoutHoldAgeSeconds), "{{le}}")]),
                Panel(
                    "Sweeping", "How long sweeps of expired holds take, and how long ago the last one was.", .seconds,
                    width: 6, thresholds: [.alert(.sweepAgeSeconds)],
                    [
                        Target(
                            .quantile(0.95, sale.checkoutHoldSweepDurationSeconds), "p95",
                            .mayBeEmpty("no sweep, no quantile")),
                        Target(age(sale.checkoutHoldSweepLastSuccessTimestampSeconds), "ago, pod {{pod}}"),
                    ]),
            ])
    }

    private static func reconciliation(_ sale: SaleInstruments) -> Row {
        Row(
            "Gate and ledger",
            [
                Panel(
                    "Drift", "Units on which gate and ledger differ. The drift check brings it back to 0.", .count,
                    width: 6, isSigned: true,
                    [Target(Expression.value(sale.saleStockDriftItems).max(by: DriftSource.labelName), "{{source}}")]),
                Panel(
                    "Comparisons", "Comparisons of gate and ledger a second, by result.", .operationsPerSecond,
                    width: 6,
                    [
                        Target(
                            Expression.rate(sale.saleReconciliationRunsTotal)
                                .sum(by: ReconciliationResult.labelName), "{{result}}", .stands)
                    ]),
                Panel(
                    "Corrections", "Units corrected in the gate a second, by direction.", .operationsPerSecond,
                    width: 6,
                    [
                        Target(
                            Expression.rate(sale.saleReconciliationCorrectionsTotal)
                                .sum(by: CorrectionDirection.labelName), "{{direction}}", .stands)
                    ]),
                Panel(
                    "Comparing", "How long comparisons take, and how long ago the last one was.", .seconds, width: 6,
                    thresholds: [.alert(.reconciliationAgeSeconds)],
                    [
                        Target(
                            .quantile(0.95, sale.saleReconciliationDurationSeconds), "p95",
                            .mayBeEmpty("no comparison, no quantile")),
                        Target(age(sale.saleReconciliationLastSuccessTimestampSeconds), "ago, pod {{pod}}"),
                    ]),
            ])
    }

    private static func retention(_ retention: RetentionInstruments) -> Row {
        Row(
            "Ended sales",
            [
                Panel(
                    "Rows of ended sales", "A second, into the archive, or forgotten there.", .operationsPerSecond,
                    width: 12,
                    [
                        Target(
                            Expression.rate(retention.rowsTotal).sum(by: RetentionStep.labelName), "{{step}}",
                            .stands)
                    ]),
                Panel(
                    "Retention is behind", "How long ago no ended sale had rows left to move.", .seconds, width: 12,
                    thresholds: [.alert(.retentionAgeSeconds)],
                    [Target(age(retention.lastIdleTimestampSeconds), "ago, pod {{pod}}")]),
            ])
    }
}
