// The usher's single step, and what a line is told.

import Testing
import WaitingRoom

@Suite("The usher")
struct UsherTests {
    private func view(
        called: Int32 = 100, lastNumber: Int32 = 10_000, free: Int = 1_000, cohorts: [Cohort] = [], index: Int32 = 20,
        sinceCall: Duration = .milliseconds(250)
    ) -> UsherView {
        UsherView(
            called: called, lastNumber: lastNumber, free: free, taken: 0, came: 0, cohorts: cohorts, index: index,
            pace: 200, share: 1, sinceStep: .milliseconds(250), sinceCall: sinceCall)
    }

    @Test("With much stock the pace decides, and it grows by 5 % a second")
    func pace() {
        let step = Usher().step(view())
        #expect(step.step == 50)
        #expect(abs(step.pace - 202.45) < 0.1)
        #expect(Usher(fixedPace: 80).step(view()).pace == 80)
    }

    @Test("An instance that sheds slows the line by 30 % a second")
    func shedding() {
        var view = view()
        view.isShedding = true
        #expect(abs(Usher().step(view).pace - 182.9) < 0.1)
    }

    @Test("Little stock calls as many as it serves, a tenth more, and without those who are on their way")
    func stock() {
        #expect(Usher().step(view(free: 10)).step == 11)
        let lately = Cohort(index: 19, last: 100, called: 8, shown: 2)
        let step = Usher().step(view(free: 10, cohorts: [lately]))
        #expect((step.step, step.pending) == (5, 6))
        #expect(Usher().step(view(free: 0, sinceCall: .seconds(60))).step == 0)
    }

    @Test("Carts of two units halve the step, and absentees raise it")
    func carts() {
        var view = view(free: 10)
        (view.taken, view.came) = (80, 40)
        #expect(Usher().step(view).step == 6)
        let half = Cohort(index: 10, last: 50, called: 1_000, shown: 490)
        #expect(Usher().step(self.view(free: 10, cohorts: [half])).step == 22)
    }

    @Test("A share is never below a twentieth, and none is called who does not exist")
    func bounds() {
        let nobody = Cohort(index: 10, last: 50, called: 100_000, shown: 0)
        #expect(Usher().step(view(cohorts: [nobody])).step == 1_000)
        #expect(Usher().step(view(called: 95, lastNumber: 100)).step == 5)
        #expect(Usher().step(view(called: 105, lastNumber: 100)).step == 0)
        var late = view()
        late.sinceStep = .seconds(600)
        #expect(Usher().step(late).step == 100, "an outage is not made up for in one go")
    }

    @Test("A free unit does not wait for those who do not come")
    func nudge() {
        let absent = Cohort(index: 18, last: 100, called: 40, shown: 0)
        #expect(Usher().step(view(free: 5, cohorts: [absent])).step == 0)
        let step = Usher().step(view(free: 5, cohorts: [absent], sinceCall: .seconds(1)))
        #expect((step.step, step.isNudge) == (1, true))
    }

    @Test("A wait is a range from the last minute's slowest to its fastest, or not known")
    func forecast() throws {
        let steady = (0..<20).map { Cohort(index: $0, last: ($0 + 1) * 100, called: 100, shown: 60) }
        let forecast = QueueForecast(cohorts: steady, index: 20)
        #expect(forecast.pace == 20)
        #expect(forecast.wait(ahead: 400) == 20...20)
        var uneven = steady
        for index in 16..<20 { uneven[index] = Cohort(index: Int32(index), last: 0, called: 50, shown: 30) }
        #expect(QueueForecast(cohorts: uneven, index: 20).wait(ahead: 400) == 20...40)
        #expect(QueueForecast(cohorts: steady, index: 11).wait(ahead: 400) == nil, "the line is too young")
        #expect(QueueForecast(cohorts: Array(steady.prefix(16)), index: 20).wait(ahead: 400) == nil, "it stands still")
        #expect(QueueForecast.isLikelySoldOut(ahead: 100, share: 0.5, unitsPerCart: 2, left: 99))
        #expect(!QueueForecast.isLikelySoldOut(ahead: 100, share: 0.5, unitsPerCart: 2, left: 100))
    }
}
