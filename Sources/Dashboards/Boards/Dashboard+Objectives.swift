// The board of the objectives: budgets, burn rates, and the budget of the current sale.

internal import Telemetry

extension Dashboard {
    /// The shares of requests that may fail and that may be slow, over 30 days. The rules burn the same budgets.
    static let errorBudget = 0.001
    static let slowBudget = 0.01

    static func objectives(_ words: Vocabulary) -> Dashboard {
        Dashboard(
            uid: "flashsale-slo", title: "Flash sale / Objectives",
            purpose: "Availability 99.9 % and latency 99 % under 250 ms over 30 days; 99.5 % in every sale.",
            rows: [budgets(words), burning(words), indicators(words)])
    }

    private static func budgets(_ words: Vocabulary) -> Row {
        let sale = Expression.value(words["job:sale_requests_errors:ratio_sale"]).max()
        return Row(
            "Budgets",
            [
                Panel(
                    "Budget left over 30 days", "Unused share of the budget. Below 0 the promise is broken.",
                    .ratio, as: .barGauge, maximum: 1, isSigned: true, thresholds: [.good(from: 0)],
                    [
                        Target(
                            Expression.value(words["job:slo_error_budget_remaining:ratio30d"]).min(by: "slo"),
                            "{{slo}}")
                    ]),
                Panel(
                    "Errors of this sale", "Share of the sale's requests that failed. It may be 0.5 %.", .ratio,
                    thresholds: [.alert(.saleBudget)],
                    [Target(sale, "this sale", .mayBeEmpty("recorded only while a sale is open"))]),
                Panel(
                    "Budget left of this sale", "Unused share of its 0.5 %.", .ratio, as: .gauge, isSigned: true,
                    thresholds: [.good(from: 0)],
                    [
                        Target(
                            .number(1) - sale / .number(AlertLimit.saleBudget.value), "left",
                            .mayBeEmpty("recorded only while a sale is open"))
                    ]),
            ])
    }

    private static func burning(_ words: Vocabulary) -> Row {
        func burn(_ title: String, _ what: String, _ budget: Double, _ description: String) -> Panel {
            Panel(
                title, description, .count, width: 12, thresholds: [.promise(1)],
                Source.burnWindows.map { window in
                    let share = Expression.value(words["job:flashsale_requests_\(what):ratio_rate\(window)"]).max()
                    return Target(
                        share / .number(budget), window, .mayBeEmpty("not recorded while there are no requests"))
                })
        }
        return Row(
            "Burn rates",
            [
                burn(
                    "Availability burn", "errors", errorBudget,
                    "Burn rate of the error budget, by window. A rate of 1 uses it up in 30 days."),
                burn(
                    "Latency burn", "slow", slowBudget,
                    "Burn rate of the budget of slow answers, by window."),
            ])
    }

    private static func indicators(_ words: Vocabulary) -> Row {
        let http = words.instruments.http
        let buyers = Matcher.is(in: [Handler.checkout, .purchase])
        let all = Expression.observations(http.requestDurationSeconds, buyers).sum().compared(.above, 0)
        let failed = Expression.rate(http.requestsTotal, buyers, .like(StatusCode.labelName, "5..")).sum()
        let inTime = Expression.rate(http.requestDurationSeconds, bucket: "0.25", buyers).sum()
        let idle = Target.Expectation.mayBeEmpty("without requests there is no share")
        return Row(
            "Indicators",
            [
                Panel(
                    "Availability", "Share of checkouts and purchases that did not end in a 5xx.", .ratio, width: 12,
                    maximum: 1, [Target(.number(1) - failed / all, "available", idle)]),
                Panel(
                    "Answered in 250 ms", "Share of checkouts and purchases answered in 250 ms.", .ratio, width: 12,
                    maximum: 1, [Target(inTime / all, "in time", idle)]),
            ])
    }
}
