/// What falls due later, soonest first: a binary heap. Equal moments come in the order of their numbers.
struct TimerQueue {
    struct Timer {
        enum Action: UInt8 {
            case unlock, planEnd, planRenew, planLapse
            case subscriptionEnd, subscriptionRenew, subscriptionExpire, subscriptionResume
            case ticketDue
            case rewardEnd, definitionEnd
            case resetEnd
        }

        var time: Int64
        var action: Action
        /// The place of the user, subscription, ticket or definition, the serial it must still have, and the timer number
        /// in force (of an offer, the reward).
        var index: Int32
        var serial: UInt32
        var number: UInt16
        fileprivate var order: UInt64 = 0

        init(time: Int64, action: Action, index: Int, serial: UInt32, number: UInt16) {
            self.time = time
            self.action = action
            self.index = Int32(index)
            self.serial = serial
            self.number = number
        }

        fileprivate func isBefore(_ other: Timer) -> Bool {
            (time, order) < (other.time, other.order)
        }
    }

    private var heap: [Timer] = []
    private var orders: UInt64 = 0

    var count: Int { heap.count }
    var first: Timer? { heap.first }

    mutating func add(_ timer: Timer) {
        var timer = timer
        orders += 1
        timer.order = orders
        heap.append(timer)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() -> Timer? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { return first }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(heap[parent]) else { return first }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
