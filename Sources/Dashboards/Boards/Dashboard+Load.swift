// The board of a load test: what its buyers see beside what the service says. The gap between the two is queueing.

internal import Telemetry

extension Dashboard {
    static func load(_ words: Vocabulary) -> Dashboard {
        Dashboard(
            uid: "flashsale-loadtest", title: "Flash sale / Load test",
            purpose: "The load generator's side beside the service's: the gap between the two is queueing.",
            rows: [sides(words), stock(words)])
    }

    private static func sides(_ words: Vocabulary) -> Row {
        let http = words.instruments.http
        let buyers = Matcher.is(in: [Handler.checkout, .purchase])
        let off = Target.Expectation.mayBeEmpty("the load generator is not running")
        let idle = Target.Expectation.mayBeEmpty("without buyers there is no quantile")
        let asked = words["load_request_duration_seconds"]
        return Row(
            "Both sides",
            [
                Panel(
                    "Requests", "Sent by the buyers and answered by the service, a second.", .requestsPerSecond,
                    width: 12,
                    [
                        Target(
                            Expression.rate(words["load_requests_total"]).sum(by: "operation"), "{{operation}}, sent",
                            off),
                        Target(
                            Expression.rate(http.requestsTotal, buyers).sum(by: Handler.labelName),
                            "{{handler}}, answered"),
                    ]),
                Panel(
                    "Latency p99", "From when a request was due, from when it was sent, and inside of the service.",
                    .seconds, width: 12, thresholds: Threshold.latency,
                    [
                        Target(.quantile(0.99, asked, by: "operation"), "{{operation}}, since due", off),
                        Target(
                            .quantile(0.99, words["load_service_duration_seconds"], by: "operation"),
                            "{{operation}}, since sent", off),
                        Target(
                            .quantile(0.99, http.requestDurationSeconds, by: Handler.labelName, where: buyers),
                            "{{handler}}, in the service", idle),
                    ]),
                Panel(
                    "Latency of the buyers", "From when a request was due.", .seconds, as: .heatmap,
                    [Target(.buckets(asked), "{{le}}", off)]),
                Panel(
                    "Latency of the service", "The same requests, inside of the service.", .seconds, as: .heatmap,
                    [Target(.buckets(http.requestDurationSeconds, buyers), "{{le}}")]),
                Panel(
                    "Under way", "Requests that the buyers wait for, and those the service has begun.", .count,
                    [
                        Target(Expression.value(words["load_requests_in_flight"]).sum(), "buyers", off),
                        Target(Expression.value(http.requestsInFlight).sum(), "service"),
                    ]),
            ])
    }

    private static func stock(_ words: Vocabulary) -> Row {
        let sale = words.instruments.sale
        let off = Target.Expectation.mayBeEmpty("the load generator is not running")
        return Row(
            "What came of it",
            [
                Panel(
                    "Outcomes", "As the buyers count them, a second.", .requestsPerSecond, width: 12,
                    isStacked: true,
                    [
                        Target(
                            Expression.rate(words["load_requests_total"]).sum(by: "outcome"), "{{outcome}}", off)
                    ]),
                Panel(
                    "Stock", "Where the sale's units are.", .count, width: 12, isStacked: true,
                    [
                        Target(Expression.value(sale.saleItemsSold).max(), "sold"),
                        Target(Expression.value(sale.saleItemsHeld).max(), "held"),
                        Target(Expression.value(sale.saleItemsAvailable).max(), "available"),
                    ]),
            ])
    }
}
