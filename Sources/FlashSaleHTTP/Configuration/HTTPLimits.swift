// The bounds of the HTTP side, by name. What a buyer may take and how long a hold lasts are the domain's to bound.

internal import FlashSale

/// How much a client may send, how long it may take, and how many may come at once.
public struct HTTPLimits: Sendable {
    /// The longest request body, in bytes, chunked or not.
    public var bodyBytes = 16 * 1_024
    /// The most bytes that a body may take on its way. A chunk of one byte takes six, its extensions any number.
    var bodyWireBytes: Int { 16 * bodyBytes }
    /// The longest request head, in bytes: the request line and all fields.
    public var headBytes = 16 * 1_024
    /// The most header fields of a request.
    public var headFields = 100
    /// How deep arrays and objects of a JSON body may nest.
    public var jsonDepth = 16
    /// From the first byte of a request's head until the head is complete.
    public var headTimeout = Duration.seconds(5)
    /// From the complete head until the answer, a slow body and hanging stores included.
    public var requestTimeout = Limits.requestDeadline
    /// A request that takes longer is slow. The log has the first slow ones of each second.
    public var slowRequest = Duration.milliseconds(250)
    /// How long past the deadline a flow may still bring its own answer, before the connection answers for it.
    public var lateAnswerGrace = Duration.milliseconds(250)
    /// What an operator's creation or change of a sale may take beyond that: a million rows may be written for it.
    public var operatorTimeout = Duration.seconds(60)
    /// What a profile may take beyond that: it samples for as long as it is told to, five minutes at most.
    public var profileTimeout = Duration.seconds(330)
    /// From a connection's opening until its first byte. Clients that only open connections take them from others.
    public var firstByteTimeout = Duration.seconds(10)
    /// How long a connection waits for its next request, as the answers announce it; up to a tenth more, so that
    /// connections that opened together do not close together. Common balancers close theirs after 60 s. They must be
    /// the first to do so, or a request meets a connection that we are closing.
    public var idleTimeout = Duration.seconds(75)
    /// How long a connection waits for its next request while the service shuts down.
    public var lastRequestTimeout = Duration.seconds(1)
    /// How long a client may leave an answer unread before the connection is closed. A client that reads slowly has as
    /// long again for each part that it takes.
    public var sendTimeout = Duration.seconds(5)
    /// How long a connection that we close is still read, so that the client gets to see its last answer.
    public var lingerTimeout = Duration.seconds(1)
    /// How many connections beyond the limit are told that there are too many; more are closed at once.
    public static let surplusConnections = 256
    /// The most connections of the listener for operations, as those of people and probes are few.
    public static let operationsConnections = 512
    /// The most open connections of a listener. For one more, the connection closes that has waited longest for a
    /// request; if none waits, the new one is answered 503 and closed.
    public var connections = 10_000
    /// How many of them one network may have, in percent: an IPv4 network of 256 addresses, an IPv6 network of a
    /// customer (56 bits). For one more, the one of the network closes that has waited longest.
    public var networkPercent = 25
    /// The most requests of a listener at work at once; more are answered 503. Probes are not counted.
    public var requestsInFlight = 4_096
    /// Fewer requests at work are no crowd. While a crowd is at work, who comes is shed, unless it is a holder or an
    /// operator.
    public var crowdMin = 128
    /// Fewer requests at work are no crowd while everything is let in, so that as many may come at once.
    public var surge = 512
    /// Checkouts, cancellations and purchases a second of one buyer; more are answered 429. 0 for no limit.
    public var buyerRequestsPerSecond = 50
    /// How many of them may come at once.
    public var buyerRequestsBurst = 500
    /// Joins of waiting rooms of one network in a minute, which may come at once; more are answered 429. 0 for no
    /// limit.
    public var networkJoinsPerMinute = 0
    /// Wrong admin tokens a second of one network; beyond that its tokens are not looked at, and answered 429.
    public var tokenGuessesPerSecond = 1
    /// How many of them may come at once.
    public var tokenGuessesBurst = 10
    /// Buyers' tokens a second of one network that prove nobody, and as many at once; beyond that its new tokens are
    /// not looked at, and answered 429.
    public var tokenFailuresPerSecond = 100
    /// The most scrapes of a listener from their head until the last byte is read; more are answered 503. A scraper
    /// that hardly reads holds its answer in memory and one of these.
    public var scrapesInFlight = 32
    /// The most listeners to sales' events; more are answered 503.
    public var liveListeners = 5_000
    /// How many of them one network may have; more are answered 429.
    public var liveListenersPerNetwork = 20
    /// How long a stream lives, a fifth more or less, so that listeners spread over the instances anew.
    public var liveTime = Duration.seconds(600)
    /// How long a listener may leave what it was sent unread before its stream is closed.
    public var liveUnreadTime = Duration.seconds(30)
    /// After this time without news a listener is sent a comment, so that nothing on the way takes the stream for dead.
    public var liveCommentInterval = Duration.seconds(15)
    /// The longest queue of connections that the kernel has accepted and we have not.
    public var backlog = 1_024
    /// How long a probe of a dependency may take before the dependency counts as down.
    public var probeTimeout = Duration.milliseconds(500)
    /// How long the result of the probes is used again.
    public var probeAge = Duration.seconds(1)
    /// How often the dependencies are asked although nobody wants to know, so that the metrics do.
    public var probeInterval = Duration.seconds(5)
    /// From SIGTERM, and readiness off, until the listeners close: at least the interval of the balancer's probe.
    public var drainNotice = Duration.seconds(2)

    public init() {}

    /// The limits of the listener for operations.
    var ofOperations: HTTPLimits {
        var limits = self
        limits.connections = min(connections, Self.operationsConnections)
        return limits
    }

    /// What is wrong with the limits and their relations, one sentence each; empty if nothing is.
    public func problems() -> [String] {
        var problems: [String] = []
        if bodyBytes < 1 || headBytes < 1 || headFields < 1 || jsonDepth < 1 {
            problems.append("the limits of a request's size must be at least 1")
        }
        if connections < 1 || requestsInFlight < 1 || crowdMin < 1 || surge < 1 || scrapesInFlight < 1 || backlog < 1 {
            problems.append("the limits of connections, requests and scrapes in flight must be at least 1")
        }
        if !(1...100).contains(networkPercent) {
            problems.append("a network's share of the connections must be from 1 to 100 percent")
        }
        if buyerRequestsPerSecond < 0 || buyerRequestsPerSecond > 1_000_000 || buyerRequestsBurst < 1 {
            problems.append("a buyer's rate must be from 0 to 1,000,000 a second, and its burst at least 1")
        }
        if !(0...1_000_000).contains(networkJoinsPerMinute) {
            problems.append("a network's joins must be from 0 to 1,000,000 a minute")
        }
        if tokenGuessesPerSecond < 1 || tokenGuessesBurst < 1 {
            problems.append("the guesses of a token must be at least 1 a second, and 1 at once")
        }
        if requestTimeout <= .zero || headTimeout <= .zero || firstByteTimeout <= .zero || sendTimeout <= .zero
            || lingerTimeout <= .zero || lastRequestTimeout <= .zero
            || lateAnswerGrace < .zero
        {
            problems.append("the timeouts of a request must be positive")
        }
        if liveListeners < 0 || liveListenersPerNetwork < 1 || liveTime <= .zero || liveUnreadTime <= .zero
            || liveCommentInterval <= .zero
        {
            problems.append("the listeners of a network must be at least 1, and the times of a stream positive")
        }
        if idleTimeout < requestTimeout {
            problems.append("the idle timeout must not be shorter than the request timeout")
        }
        return problems
    }
}
