// The usher's single step, and what a line is told.

import FlashSale
import Testing
import WaitingRoom

@Suite("The usher")
struct UsherTests {
    private func view(
        called: Int32 = 100, lastNumber: Int32 = 10_000, free: Int = 1_000, cohorts: [Cohort] = [], index: Int32 = 20,
        sinceCall: Duration = .milliseconds(250)
    ) -> UsherView {
        UsherView(
            called: called, lastNumber: lastNumber, free: free, unitsPerCart: 1, cohorts: cohorts, index: index,
            pace: 200, share: 1, sinceStep: .milliseconds(250), sinceCall: sinceCall)
    }

    @Test("With much stock the pace decides, and it grows by 5 % a second")
    func pace() {
        let step = Usher.step(view())
        #expect(step.step == 50)
        #expect(abs(step.pace - 202.45) < 0.1)
    }

    @Test("A pace that an operator has fixed stays, also while an instance sheds")
    func fixed() {
        var view = view()
        (view.pace, view.isPaceFixed, view.isShedding) = (80, true, true)
        let step = Usher.step(view)
        #expect((step.step, step.pace) == (20, 80))
    }

    @Test("An instance that sheds slows the line by 30 % a second")
    func shedding() {
        var view = view()
        view.isShedding = true
        #expect(abs(Usher.step(view).pace - 182.9) < 0.1)
    }

    @Test("Little stock calls as many as it serves, a tenth more, and without those who are on their way")
    func stock() {
        #expect(Usher.step(view(free: 10)).step == 11)
        let lately = Cohort(index: 19, last: 100, called: 8, shown: 2)
        let step = Usher.step(view(free: 10, cohorts: [lately]))
        #expect((step.step, step.pending) == (5, 6))
        #expect(Usher.step(view(free: 0, sinceCall: .seconds(60))).step == 0)
    }

    @Test("Carts of two units halve the step, and absentees raise it")
    func carts() {
        var view = view(free: 10)
        view.unitsPerCart = 2
        #expect(Usher.step(view).step == 6)
        let half = Cohort(index: 10, last: 50, called: 1_000, shown: 490)
        #expect(Usher.step(self.view(free: 10, cohorts: [half])).step == 22)
    }

    @Test("A share is never below a twentieth, and none is called who does not exist")
    func bounds() {
        let nobody = Cohort(index: 10, last: 50, called: 100_000, shown: 0)
        #expect(Usher.step(view(cohorts: [nobody])).step == 1_000)
        #expect(Usher.step(view(called: 95, lastNumber: 100)).step == 5)
        #expect(Usher.step(view(called: 105, lastNumber: 100)).step == 0)
        var late = view()
        late.sinceStep = .seconds(600)
        #expect(Usher.step(late).step == 100, "an outage is not made up for in one go")
    }

    @Test("A free unit does not wait for those who do not come")
    func nudge() {
        let absent = Cohort(index: 18, last: 100, called: 40, shown: 0)
        #expect(Usher.step(view(free: 5, cohorts: [absent])).step == 0)
        let step = Usher.step(view(free: 5, cohorts: [absent], sinceCall: .seconds(1)))
        #expect((step.step, step.isNudge) == (1, true))
        let setBack = Usher.step(view(free: 5, cohorts: [absent], sinceCall: .seconds(-60)))
        #expect((setBack.step, setBack.isNudge) == (1, true), "nor for a clock that was set back")
    }

    /// A line at its cohort of this index, of which so many units are free and as many held.
    private func forecast(
        _ cohorts: [Cohort] = [], index: Int32 = 0, free: Int, came: Int32 = 0, share: Double = 1
    ) -> QueueForecast {
        let state = QueueState(
            commit: "", draw: nil, called: 0, counts: QueueCounts(gathered: 10_000, came: came),
            stock: StockCount(free: free, held: free, sold: 0), cohorts: cohorts, usher: UsherMemory(share: share),
            readAt: Timestamp(microseconds: 0))
        return QueueForecast(of: state, index: index)
    }

    @Test("A wait is told from the first second on, at the pace of now and at one that grows")
    func wait() {
        let young = forecast(free: 5_000)
        #expect(young.wait(ahead: 0) == 0...3)
        // log(1 + 4,000 · log 1.05 / 200) / log 1.05 seconds if the pace grows, 20 if it does not.
        #expect(young.wait(ahead: 3_999) == 13...32)
        let absent = Cohort(index: 0, last: 1_000, called: 1_000, shown: 490)
        #expect(forecast([absent], index: 1, free: 5_000).wait(ahead: 3_999) == 8...32, "more numbers may come")
    }

    @Test("Behind the last free unit no wait is told, nor for what the expected will take")
    func reach() {
        let line = forecast(free: 1_000)
        #expect(line.wait(ahead: 899) != nil && line.wait(ahead: 900) == nil)
        let expected = Cohort(index: 0, last: 500, called: 500, shown: 0)
        #expect(forecast([expected], index: 1, free: 1_000).wait(ahead: 450) == nil)
        // A thousand are held by 500 that came: two fill a cart.
        #expect(forecast(free: 1_000, came: 500).wait(ahead: 450) == nil)
        #expect(forecast(free: 1_000, came: 500, share: 0.5).wait(ahead: 450) != nil)
        #expect(forecast(free: 0).wait(ahead: 0) == nil)
    }

    @Test("A pace is that of the last whole minute, and all is likely sold where those ahead want more than is left")
    func minute() {
        let steady = (0..<20).map { Cohort(index: $0, last: ($0 + 1) * 100, called: 100, shown: 60) }
        #expect(forecast(steady, index: 20, free: 9).pace == 20)
        #expect(forecast(steady, index: 11, free: 9).pace == nil, "the line is too young")
        #expect(forecast(Array(steady.prefix(8)), index: 20, free: 9).pace == 0, "it has stood still")
        let twos = forecast(free: 50, came: 25, share: 0.5)
        #expect(twos.isLikelySoldOut(ahead: 101) && !twos.isLikelySoldOut(ahead: 100))
    }
}
