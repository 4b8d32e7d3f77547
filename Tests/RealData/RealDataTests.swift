import Annals
import BSON
import Foundation
import Testing

/// Eleven collections of a stream of 152,857 real events, against a fold that shares nothing with the product.
@Suite(
    .enabled(if: RealEvents.isThere, "there is no \(RealEvents.path): this suite needs the real events"), .importedOnce)
struct RealDataTests {
    let stream: ImportedStream
    var fold: NaiveFold { stream.fold }
    var figures: StoreFigures { StoreFigures(store: stream.store) }

    init() throws { stream = try ImportedStream.required() }

    /// The expected documents and the store's, one by one.
    private func expectEqual<Figures: Equatable>(
        _ expected: [String: Figures], _ found: [String: Figures], _ collection: String,
        at location: SourceLocation = #_sourceLocation
    ) {
        #expect(!expected.isEmpty, "\(collection): the fold has none", sourceLocation: location)
        #expect(found.count == expected.count, "\(collection): how many", sourceLocation: location)
        let keys = Set(expected.keys).union(found.keys)
        let different = keys.filter { expected[$0] != found[$0] }.sorted()
        let shown = different.prefix(3).map { key in
            "\(key)\n  fold:  \(expected[key].map { "\($0)" } ?? "none")"
                + "\n  store: \(found[key].map { "\($0)" } ?? "none")"
        }
        #expect(
            different.count == 0, "\(collection): \(different.count) differ\n\(shown.joined(separator: "\n"))",
            sourceLocation: location)
    }

    @Test func theFoldKnowsEveryTypeAndNoEventIsThereTwice() {
        #expect(fold.lines == 152_857)
        #expect(fold.unknownTypes.isEmpty)
        #expect(fold.repeated.isEmpty)
    }

    /// The whole log folded anew, and every byte compared.
    @Test func theViewsAreWhatTheLogMakesThem() throws {
        let report = try stream.store.verify(scratch: stream.store.directory + "/verify")
        #expect(report.isSound, "\(report.differences.prefix(5))")
        #expect(report.position == 152_823 && report.viewsPosition == 152_823)
    }

    @Test func users() throws { expectEqual(fold.users, try figures.users(), "users") }

    @Test func agents() throws { expectEqual(fold.agents, try figures.agents(), "agents") }

    @Test func sessions() throws { expectEqual(fold.sessions, try figures.sessions(), "chatsessions") }

    @Test func messages() throws { expectEqual(fold.messages, try figures.messages(), "chatmessages") }

    @Test func posts() throws { expectEqual(fold.posts, try figures.posts(), "communityposts") }

    @Test func comments() throws { expectEqual(fold.comments, try figures.comments(), "communitycomments") }

    @Test func likes() throws { expectEqual(fold.likes, try figures.likes(), "communitylikes") }

    @Test func rewards() throws { expectEqual(fold.rewards, try figures.rewards(), "userrewards") }

    @Test func experiments() throws { expectEqual(fold.experiments, try figures.experiments(), "labexperiments") }

    /// Nothing in the stream starts a subscription, so no message may have made one up.
    @Test func subscriptions() throws {
        #expect(try figures.read("agentsubscriptions", by: "_id") { $0.counter("usage.messagesThisPeriod") }.isEmpty)
    }

    @Test func transactions() throws {
        let found = try figures.transactions()
        expectEqual(fold.transactions, found, "transactions")
        #expect(Money.sums(of: found.values) == Money.sums(of: fold.transactions.values))
    }
}
