import ArgumentParser
import Foundation
import Platform
import Projections
import Reference
import Schema

struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "The reference of collections and events, made from the code, as Markdown.")

    enum Page: String, ExpressibleByArgument, CaseIterable { case collections, events }

    @Argument(help: "Which page.") var page = Page.collections
    @Option(
        help: ArgumentHelp(
            "Compare both pages with those in this directory; exit code 1 where one is out of date.", valueName: "dir"))
    var check: String?

    func run() throws {
        let reference = Reference(try Catalogue(allCollections))
        guard let check else {
            try Console.print(page == .collections ? reference.collections : reference.events)
            return
        }
        for (name, page) in [("README.md", reference.collections), ("EVENTS.md", reference.events)] {
            guard try FileSystem.system.readWhole(check + "/" + name) == Array(page.utf8) else {
                throw Failure(ExitCode(1), "\(check)/\(name) is out of date: make it anew with `annals reference`")
            }
        }
    }
}
