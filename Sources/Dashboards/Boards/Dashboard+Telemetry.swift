// The board of the instruments: their cost, their losses, and sums that must be 0.

internal import Telemetry

extension Dashboard {
    static func telemetry(_ words: Vocabulary) -> Dashboard {
        Dashboard(
            uid: "flashsale-telemetry", title: "Flash sale / Telemetry",
            purpose: "Metrics, traces and logs about themselves, and sums that must be 0.",
            rows: [even(words), scrapes(words), spans(words), logs(words), requests(words)])
    }

    private static func even(_ words: Vocabulary) -> Row {
        let sale = words.instruments.sale
        let redis = words.instruments.redis
        func left(
            _ attempts: any Readable, _ success: any Readable, _ failure: any Readable, _ inProgress: any Readable
        ) -> Expression {
            Expression.raw(attempts).sum() - Expression.raw(success).sum() - Expression.raw(failure).sum()
                - Expression.value(inProgress).sum()
        }
        func sum(_ title: String, _ description: String, _ expression: Expression) -> Panel {
            Panel(
                title, description, .count, as: .stat, width: 6, isSigned: true, thresholds: [.never],
                [Target(expression, "left over", .stands)])
        }
        return Row(
            "Sums that must be 0",
            [
                sum(
                    "Checkouts", "Attempts minus successes, failures and those under way.",
                    left(
                        sale.checkoutAttemptsTotal, sale.checkoutSuccessTotal, sale.checkoutFailureTotal,
                        sale.checkoutInProgress)),
                sum(
                    "Purchases", "Attempts minus successes, failures and those under way.",
                    left(
                        sale.purchaseAttemptsTotal, sale.purchaseSuccessTotal, sale.purchaseFailureTotal,
                        sale.purchaseInProgress)),
                sum(
                    "Locks", "Attempts to acquire a lock minus successes and failures.",
                    Expression.raw(redis.lockAttemptsTotal).sum() - Expression.raw(redis.lockSuccessTotal).sum()
                        - Expression.raw(redis.lockFailureTotal).sum()),
                Panel(
                    "Targets up", "Instances that Prometheus reaches.", .count, as: .stat, width: 6,
                    thresholds: [.good(from: 1)], [Target(Expression.value(words["up"]).sum(), "up")]),
            ])
    }

    private static func scrapes(_ words: Vocabulary) -> Row {
        let scrape = words.instruments.scrape
        return Row(
            "Metrics",
            [
                Panel(
                    "Rendering a scrape p99", "Inside the service, without the network.", .seconds, width: 6,
                    [Target(.quantile(0.99, scrape.scrapeDurationSeconds), "p99")]),
                Panel(
                    "Scrape duration", "As Prometheus sees it.", .seconds, width: 6,
                    thresholds: [.alert(.scrapeSeconds)],
                    [Target(Expression.value(words["scrape_duration_seconds"]).max(by: "instance"), "{{instance}}")]),
                Panel(
                    "Series", "Of an instance: series of the catalogue, of libraries, and the samples of a scrape.",
                    .count, width: 6, thresholds: [.promise(Double(Instruments.seriesMax)), .alert(.series)],
                    [
                        Target(Expression.value(scrape.series).max(), "catalogue"),
                        Target(Expression.value(scrape.foreignSeries).max(), "libraries"),
                        Target(Expression.value(words["scrape_samples_scraped"]).max(), "scraped"),
                    ]),
                Panel(
                    "Time for scrapes", "Share of a thread's time that rendering takes.", .ratio, width: 6,
                    thresholds: [.promise(0.03)],
                    [
                        Target(
                            Expression.observedSum(scrape.scrapeDurationSeconds).sum(by: "instance"), "{{instance}}")
                    ]),
                Panel(
                    "Failed scrapes and refused series",
                    "Scrapes without a complete answer, by cause, and refused series of "
                        + "libraries, a second.", .operationsPerSecond, width: 12,
                    [
                        Target(
                            Expression.rate(scrape.scrapeErrorsTotal).sum(by: ScrapeErrorCause.labelName), "{{cause}}",
                            .stands),
                        Target(
                            Expression.rate(scrape.foreignSeriesRefusedTotal).sum(), "refused series", .stands),
                    ]),
                Panel(
                    "Configuration", "Instances by their settings: one line, unless they differ.", .count,
                    as: .barGauge, width: 12,
                    [
                        Target(
                            Expression.value(words["flashsale_config_info"]).count(by: "sale_limit", "user_limit"),
                            "{{sale_limit}} a sale, {{user_limit}} a buyer")
                    ]),
            ])
    }

    private static func spans(_ words: Vocabulary) -> Row {
        let (tracing, export) = (words.instruments.tracing, words.instruments.export)
        let off = Target.Expectation.mayBeEmpty("without a collector nothing is exported")
        return Row(
            "Traces",
            [
                Panel(
                    "Spans", "Begun a second, sampled or not, and exported.", .operationsPerSecond,
                    width: 6,
                    [
                        Target(
                            Expression.rate(tracing.spansStartedTotal).sum(by: SpanSampling.labelName), "{{sampling}}",
                            .stands),
                        Target(Expression.rate(tracing.spansExportedTotal).sum(), "exported", .stands),
                    ]),
                Panel(
                    "Spans dropped", "A second, by reason. Unsampled spans are normal.", .operationsPerSecond,
                    width: 6,
                    [
                        Target(
                            Expression.rate(tracing.spansDroppedTotal).sum(by: SpanDropReason.labelName), "{{reason}}",
                            .stands)
                    ]),
                Panel(
                    "Span queue", "Share of the queue that is filled.", .ratio, width: 6, maximum: 1,
                    thresholds: [.promise(0.7)],
                    [
                        Target(
                            Expression.value(tracing.spanQueueSize).sum(by: "instance")
                                / Expression.value(tracing.spanQueueCapacity).sum(by: "instance").atLeast(1),
                            "{{instance}}")
                    ]),
                Panel(
                    "Exports", "Requests to the collector a second, and the duration that 95 % of them stay below.",
                    .count, width: 6,
                    [
                        Target(
                            Expression.rate(export.requestsTotal).sum(by: "signal", "result"),
                            "{{signal}} {{result}}", .stands),
                        Target(.quantile(0.95, export.durationSeconds), "p95 in s", off),
                    ]),
            ])
    }

    private static func logs(_ words: Vocabulary) -> Row {
        let log = words.instruments.log
        let health = words.instruments.health
        return Row(
            "Logs and health",
            [
                Panel(
                    "Log lines", "A second, by level.", .operationsPerSecond,
                    [Target(Expression.rate(log.messagesTotal).sum(by: LogLevel.labelName), "{{level}}", .stands)]),
                Panel(
                    "Log lines dropped", "A second, by reason. Sampled lines are normal.", .operationsPerSecond,
                    [
                        Target(
                            Expression.rate(log.messagesDroppedTotal).sum(by: LogDropReason.labelName), "{{reason}}",
                            .stands)
                    ]),
                Panel(
                    "Health checks p95", "Duration of the dependencies' probes.", .seconds,
                    [
                        Target(
                            .quantile(0.95, health.checkDurationSeconds, by: Dependency.labelName), "{{dependency}}",
                            .mayBeEmpty("a probe that is not made has no quantile"))
                    ]),
            ])
    }

    private static func requests(_ words: Vocabulary) -> Row {
        let http = words.instruments.http
        let handler = Handler.labelName
        return Row(
            "Requests",
            [
                Panel(
                    "Errors by status", "Answers of 4xx and 5xx a second. Only those that occur are drawn.",
                    .requestsPerSecond, width: 6, isStacked: true,
                    [
                        Target(
                            Expression.rate(http.errorsTotal, .chosenHandlers).sum(by: handler, StatusCode.labelName)
                                .compared(.above, 0), "{{status_code}} {{handler}}",
                            .mayBeEmpty("only errors that occur are drawn"))
                    ]),
                Panel(
                    "Turned away", "Requests that did not reach their handler, a second.", .requestsPerSecond,
                    width: 6,
                    [
                        Target(
                            Expression.rate(http.requestsRejectedTotal).sum(by: RejectionReason.labelName),
                            "{{reason}}", .stands)
                    ]),
                Panel(
                    "First byte p95", "Until an answer begins.", .seconds, width: 6,
                    thresholds: Threshold.latency,
                    [
                        Target(
                            .quantile(
                                0.95, http.requestTimeToFirstByteSeconds, by: handler, where: .chosenHandlers),
                            "{{handler}}", .mayBeEmpty("a handler without requests has no quantile"))
                    ]),
                Panel(
                    "In flight", "Requests begun and not yet answered.", .count, width: 6,
                    [Target(Expression.value(http.requestsInFlight).sum(), "requests")]),
                Panel(
                    "Request size", "Bodies over the last 10 minutes: the most of half of them, and of 99 % of them.",
                    .bytes, width: 12,
                    [
                        Target(
                            Expression.value(http.requestSizeBytes, .is("quantile", "0.5"))
                                .max(by: Method.labelName), "p50 {{method}}",
                            .mayBeEmpty("a method that is not used has no quantile")),
                        Target(
                            Expression.value(http.requestSizeBytes, .is("quantile", "0.99"))
                                .max(by: Method.labelName), "p99 {{method}}",
                            .mayBeEmpty("a method that is not used has no quantile")),
                    ]),
                Panel(
                    "Response size p95", "Bodies of answers, by handler.", .bytes, width: 12,
                    [
                        Target(
                            .quantile(0.95, http.responseSizeBytes, by: handler, where: .chosenHandlers),
                            "{{handler}}", .mayBeEmpty("a handler without requests has no quantile"))
                    ]),
            ])
    }
}
