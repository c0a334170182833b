// The row of the webhook on the board of the sale.

import Telemetry

extension Dashboard {
    static func webhook(_ webhook: WebhookInstruments) -> Row {
        Row(
            "Webhook",
            [
                Panel(
                    "Events told", "Attempts a second, by how they ended.", .operationsPerSecond, width: 12,
                    [
                        Target(
                            Expression.rate(webhook.eventsTotal).sum(by: DeliveryOutcome.labelName), "{{outcome}}",
                            .stands)
                    ]),
                Panel(
                    "The webhook is behind", "The age of the oldest event that it has not taken.", .seconds, width: 12,
                    thresholds: [.alert(.heraldAgeSeconds)],
                    [Target(age(webhook.toldUntilTimestampSeconds), "behind, pod {{pod}}")]),
            ])
    }
}
