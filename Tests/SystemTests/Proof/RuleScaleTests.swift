// Fast motion changes only times.

import Testing

@Suite("Rules in fast motion")
struct RuleScaleTests {
    @Test(
        "Every duration is divided, and no name or label changes",
        arguments: [
            ("rate(x_total[5m])", "rate(x_total[10s])"),
            ("rate(x_total[1m])", "rate(x_total[5s])"),
            ("sum_over_time((a and b)[6h:1m])", "sum_over_time((a and b)[720s:2s])"),
            ("for: 1m\n", "for: 2s\n"),
            ("keep_firing_for: 5m\n", "keep_firing_for: 10s\n"),
            ("interval: 1m\n", "interval: 2s\n"),
            ("long: 1h\n", "long: 1h\n"),
            ("record: job:errors:ratio_rate30m\n", "record: job:errors:ratio_rate30m\n"),
            (
                "time()\n  - max by (job) (last{job=\"flashsale\"})\n > 120",
                "time()\n  - max by (job) (last{job=\"flashsale\"})\n > 4"
            ),
            (
                "time()\n  - (max by (job) (last{job=\"flashsale\"}) > 0)\n > 120",
                "time()\n  - (max by (job) (last{job=\"flashsale\"}) > 0)\n > 4"
            ),
        ])
    func durations(text: String, faster: String) {
        #expect(RuleScale.faster(text) == faster)
    }
}
