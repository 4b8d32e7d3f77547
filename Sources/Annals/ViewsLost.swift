import Platform
import Synchronization

/// What follows when views turn out to be untrustworthy while the store is open.
final class ViewsLost: Sendable {
    private let directory: String
    private let options: StoreOptions
    private let sequencer: Sequencer
    private let lost = Atomic<Bool>(false)

    init(_ directory: String, _ options: StoreOptions, _ sequencer: Sequencer) {
        self.directory = directory
        self.options = options
        self.sequencer = sequencer
    }

    var isSo: Bool { lost.load(ordering: .acquiring) }

    func tell(_ reason: String) {
        lost.store(true, ordering: .releasing)
        sequencer.stop(reason)
        options.report(reason)
        // The marker would let the next opening, after the death of this process, trust them.
        do throws(FileError) { try StoreOpening.removeMarker(directory, options) } catch { options.report("\(error)") }
    }
}
