// The scenarios that need no file, from a quick check to a search for leaks.

extension Scenario {
    /// The names with their purposes.
    static let named: [(name: String, purpose: String)] = [
        ("smoke", "10 s of few buyers: does everything answer?"),
        ("light", "a minute of an ordinary sale"),
        ("heavy", "a minute of a busy sale with every kind of buyer"),
        ("stress", "steps upward until the service sheds"),
        ("spike", "a sale's start: all waiting buyers come at once"),
        ("sellout", "determined buyers, until every unit is sold"),
        ("crowd", "100,000 come to a waiting room: early, at the bell, late"),
        ("soak", "an hour at a steady rate, for leaks and drift"),
        ("capacity", "run after run: the highest rate at which all thresholds hold"),
        ("overload", "finds the peak, then offers ten times that while holders pay"),
    ]

    /// Every kind of buyer, also those that the usual mix leaves out.
    private static let everyone = BuyerMix([
        .aggressive: 10, .normal: 50, .browser: 22, .doubleClicker: 4, .abandoner: 3, .late: 1, .canceller: 3,
        .patientRetrier: 3, .impatientRetrier: 2, .atLimit: 1, .bot: 1,
    ])

    /// Those that come to a waiting room. Three in ten do not come when they are called.
    private static let crowd = BuyerMix([.waiter: 60, .leaver: 25, .jumper: 5, .twoDevices: 9, .listener: 1])

    /// One GET again and again. How fast a service refuses, or lets connections break, is no answer to that.
    static let raw: Scenario = {
        var raw = Scenario()
        raw.name = "raw"
        raw.connections = 64
        raw.thresholds = [.noErrors, .noUnknown]
        return raw
    }()

    init?(named name: String) {
        self.init()
        self.name = name
        thresholds = [.noErrors, .noFalseSoldOut, .auditPasses]
        switch name {
        case "smoke":
            load = .open(Stage.constant(20, seconds: 10), .even)
            mix = Self.everyone
            connections = 64
            thresholds += [.noUnknown]
        case "light":
            load = .open(Stage.constant(100, seconds: 60), .poisson)
        case "heavy":
            load = .open(Stage.ramp(from: 50, to: 500, seconds: 10) + Stage.constant(500, seconds: 50), .poisson)
            mix = Self.everyone
            connections = 512
        case "stress":
            load = .open(Stage.steps([250, 500, 1_000, 2_000, 4_000], secondsEach: 15), .poisson)
            connections = 1_024
        case "spike":
            load = .open(
                Stage.constant(50, seconds: 3) + Stage.spike(base: 50, peak: 5_000, seconds: 10)
                    + Stage.constant(50, seconds: 7), .poisson)
            mix = Self.everyone
            connections = 2_048
        case "sellout":
            load = .open(
                Stage.spike(base: 400, peak: 1_500, seconds: 5) + Stage.constant(400, seconds: 295), .poisson)
            // Only buyers that buy what they took: a hold that expires would keep its unit from the others for minutes.
            mix = BuyerMix([.patientRetrier: 60, .doubleClicker: 30, .atLimit: 5, .bot: 5])
            connections = 512
            endsWhenSoldOut = true
        case "crowd":
            load = .open(
                Stage.ramp(from: 500, to: 2_500, seconds: 20) + Stage.spike(base: 1_000, peak: 20_000, seconds: 10)
                    + Stage.ramp(from: 1_000, to: 200, seconds: 30), .poisson)
            bell = 20
            mix = Self.crowd
            connections = 4_096
            timeout = 10
            // Until the last is called, or knows that nothing is left.
            drain = 900
        case "soak":
            load = .open(Stage.constant(50, seconds: 3_600), .poisson)
            mix = Self.everyone
            connections = 128
        case "capacity":
            load = .open(Stage.constant(100, seconds: 10), .poisson)
            thresholds += [.fast, .fewShed]
        case "overload":
            // The rate is ten times that of the peak.
            load = .open(Stage.constant(1, seconds: 20), .poisson)
            mix = BuyerMix([.bot: 1])
            connections = 2_000
        default:
            return nil
        }
    }
}
