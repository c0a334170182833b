// The board of a load test: the buyers' figures beside the service's. The gap between the two is queueing.

internal import Telemetry

extension Dashboard {
    static func load(_ words: Vocabulary) -> Dashboard {
        Dashboard(
            uid: "flashsale-loadtest", title: "Flash sale / Load test",
            purpose: "The load generator's side beside the service's: the gap between the two is queueing.",
            rows: [sides(words), buyers(words), generator(words)])
    }

    private static let off = Target.Expectation.mayBeEmpty("the load generator is not running")

    private static func sides(_ words: Vocabulary) -> Row {
        let http = words.instruments.http
        let handlers = Matcher.is(in: [Handler.checkout, .purchase])
        let response = words["flashsale_load_response_seconds"]
        return Row(
            "Both sides",
            [
                Panel(
                    "Requests", "Ended for the buyers, and answered by the service, a second.", .requestsPerSecond,
                    width: 12,
                    [
                        Target(
                            Expression.rate(words["flashsale_load_requests_total"]).sum(by: "endpoint"),
                            "{{endpoint}}, buyers", off),
                        Target(
                            Expression.rate(http.requestsTotal, handlers).sum(by: Handler.labelName),
                            "{{handler}}, service"),
                    ]),
                Panel(
                    "Latency p99", "For the buyers from when a request was due, and inside the service.", .seconds,
                    width: 12, thresholds: Threshold.latency,
                    [
                        Target(.quantile(0.99, response, by: "endpoint"), "{{endpoint}}, buyers", off),
                        Target(
                            .quantile(0.99, http.requestDurationSeconds, by: Handler.labelName, where: handlers),
                            "{{handler}}, service", .mayBeEmpty("without buyers there is no quantile")),
                    ]),
                Panel(
                    "Latency of the buyers", "From when a request was due.", .seconds, as: .heatmap,
                    [Target(.buckets(response), "{{le}}", off)]),
                Panel(
                    "Latency of the service", "The same requests, inside the service.", .seconds, as: .heatmap,
                    [Target(.buckets(http.requestDurationSeconds, handlers), "{{le}}")]),
                Panel(
                    "Under way", "Requests that the buyers wait for, and requests that the service has begun.", .count,
                    [
                        Target(Expression.value(words["flashsale_load_requests_in_flight"]).sum(), "buyers", off),
                        Target(Expression.value(http.requestsInFlight).sum(), "service"),
                    ]),
            ])
    }

    private static func buyers(_ words: Vocabulary) -> Row {
        let sale = words.instruments.sale
        return Row(
            "Results",
            [
                Panel(
                    "Outcomes", "As the buyers count them, a second.", .requestsPerSecond, width: 12,
                    isStacked: true,
                    [
                        Target(
                            Expression.rate(words["flashsale_load_requests_total"]).sum(by: "outcome"),
                            "{{outcome}}", off)
                    ]),
                Panel(
                    "Units sold", "By the service's count, and by its answers to buyers. They must meet.", .count,
                    width: 12,
                    [
                        Target(Expression.value(sale.saleItemsSold).max(), "measured"),
                        Target(Expression.value(words["flashsale_load_items_sold"]).max(), "told", off),
                    ]),
            ])
    }

    private static func generator(_ words: Vocabulary) -> Row {
        func rate(_ name: String) -> Expression { Expression.rate(words[name]).sum() }
        return Row(
            "The generator itself",
            [
                Panel(
                    "Starts",
                    "Due a second, and those of them that were late by more than 1 ms or never sent: "
                        + "such a run is no measurement.", .operationsPerSecond,
                    [
                        Target(rate("flashsale_load_starts_total"), "due", off),
                        Target(rate("flashsale_load_late_starts_total"), "late", off),
                        Target(rate("flashsale_load_dropped_total"), "never sent", off),
                    ]),
                Panel(
                    "Lag p99", "How late the generator itself is.", .seconds, thresholds: [.promise(0.001)],
                    [Target(Expression.value(words["flashsale_load_lag_p99_seconds"]).max(), "p99", off)]),
                Panel(
                    "Buyers and connections", "Buyers in the sale, and the connections they share.", .count,
                    [
                        Target(Expression.value(words["flashsale_load_buyers"]).sum(), "buyers", off),
                        Target(Expression.value(words["flashsale_load_connections"]).sum(), "connections", off),
                    ]),
            ])
    }
}
