internal import Hummingbird
internal import NIOCore

/// One request: over which connection it came, and who made it.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// A stranger, until the door has looked at what they show.
    var caller = Caller.stranger
    /// What a read comes to, where reads are audited.
    var note: ReadNote?

    init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
