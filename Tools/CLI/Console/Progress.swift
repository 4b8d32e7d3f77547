import Foundation
import Synchronization

/// How far long work is: one line that renews itself on a terminal, a line every few seconds elsewhere, nothing when
/// silent. May be told from any thread.
final class Progress: Sendable {
    private struct State {
        var shownAt = Date()
        var isOpen = false
    }

    private let state = Mutex(State())
    private let isSilent: Bool
    private let isTerminal = Console.isTerminal(.error)

    init(isSilent: Bool) { self.isSilent = isSilent }

    func show(_ text: @autoclosure () -> String) {
        guard !isSilent else { return }
        state.withLock { state in
            let now = Date()
            guard now.timeIntervalSince(state.shownAt) >= (isTerminal ? 0.1 : 5) else { return }
            state.shownAt = now
            if isTerminal {
                state.isOpen = true
                Console.raw("\r\u{1B}[K" + text())
            } else {
                Console.note(text())
            }
        }
    }

    /// Takes the line away.
    func end() {
        state.withLock { state in
            if state.isOpen { Console.raw("\r\u{1B}[K") }
            state.isOpen = false
        }
    }
}
