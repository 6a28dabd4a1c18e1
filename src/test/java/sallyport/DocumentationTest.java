package sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sallyport.testkit.MarkdownPage;
import sallyport.testkit.MarkdownPage.Block;
import sallyport.testkit.MarkdownPage.Link;
import sallyport.testkit.SourceComments;
import sallyport.testkit.SourceComments.Comment;
import sallyport.testkit.SourceComments.Kind;

/** What a machine can hold of the documentation and of the rules in docs/prose.md. */
class DocumentationTest {
  private static final Path DECISIONS = Path.of("docs", "decisions");

  /** The greatest length of a decision record, in lines. */
  private static final int RECORD = 60;

  /** Pages that do not follow the rules yet. Remove from this list; never add to it. */
  private static final Set<Path> UNREVISED = Set.of(Path.of("CHANGELOG.md"));

  /** Words to avoid, each with what to write in place of it. */
  private static final Map<Pattern, String> WORDS =
      Map.ofEntries(
          word("nobody|no one", "no client, no process, not"),
          word("somebody|someone", "a client, a process"),
          word("anybody|anyone|everybody|everyone", "all clients, each user"),
          word("whoever|whomever", "a client that, a process that"),
          word("whatever|whichever", "each, all, even if"),
          word("is none|are none", "is invalid, is not one"),
          word("by itself|by themselves", "automatically, alone"),
          word("anew", "again"),
          word("(?:go|goes|going|gone|went) round", "bypass"),
          word("(?:throw|throws|thrown|threw) away", "discard"),
          word("(?:let|lets|letting) in", "admit, accept"),
          word("strangers?", "a new client"),
          word("(?:a|no|without a) word", "a message"),
          word("is to blame|are to blame", "causes"),
          word("at leisure", "slowly"),
          word("obviously|of course|simply|easily|just", "nothing"));

  /**
   * Languages of blocks on any page: commands are accounted for below, DocumentedConfigurationsTest
   * loads configurations, and text is output, errors and lines of files, which no test runs.
   */
  private static final Set<String> LANGUAGES = Set.of("sh", "hocon", "text", "mermaid");

  /**
   * Pages with other blocks that tests read: PlainBackendPageIT, BalancedReplicasIT and, for a file
   * of endpoints, EndpointsFileReaderTest.
   */
  private static final Map<Path, Set<String>> RECIPES =
      Map.of(
          Path.of("docs", "plain-http-backends.md"),
          Set.of("nginx", "haproxy"),
          Path.of("docs", "operations.md"),
          Set.of("haproxy"),
          Path.of("docs", "configuration.md"),
          Set.of("json"));

  /** The page whose blocks BadConfigurationsTest runs; they have no language. */
  private static final Path BAD_CONFIGURATIONS = Path.of("docs", "bad-configurations.md");

  /**
   * Documented commands that no test takes from their page.
   *
   * @param beginning of the command
   * @param reason why no test runs it from there, and what runs it otherwise
   */
  record NotTaken(String page, String beginning, String reason) {}

  private static final List<NotTaken> NOT_TAKEN =
      List.of(
          new NotTaken("README.md", "sudo apt-get", "changes the machine and needs its owner"),
          new NotTaken("README.md", "curl -fsS https://packages.adoptium.net", "the same"),
          new NotTaken("README.md", "echo \"deb [signed-by", "the same"),
          new NotTaken("README.md", "curl --cacert certs/dev/ca.pem", ".ci/run sends it"),
          new NotTaken("README.md", "mvn verify", "the build itself; .ci/run"),
          new NotTaken("CONTRIBUTING.md", "mvn ", "the build itself"),
          new NotTaken(
              "docs/faults.md", "mvn verify -Dalways.times=10", "the build itself; .ci/run"),
          new NotTaken("docs/keys.md", "(umask 077; openssl rand -hex", "ReplicasIT, by parameter"),
          new NotTaken("docs/operations.md", "mvn -Pdist package", "the build itself"),
          new NotTaken("docs/operations.md", "sudo ", "changes the machine; DistIT, below a root"),
          new NotTaken("docs/operations.md", "cd ", "DistIT, by its steps"),
          new NotTaken(
              "docs/operations.md", "docker ", "needs an engine; DockerfileIT, by its steps"),
          new NotTaken("docs/operations.md", "kubectl --namespace", "needs a cluster"),
          new NotTaken(
              "docs/operations.md", "kubectl apply", "needs a cluster; KubernetesIT builds"),
          new NotTaken("docs/operations.md", "certs/make-certs.sh", "the same"),
          new NotTaken("docs/operations.md", "bin/sallyport", "DistIT, with ports that are free"),
          new NotTaken("docs/performance.md", "loadtest/compare", ".ci/run, with more rows"),
          new NotTaken("docs/plain-http-backends.md", "ghostunnel", "Debian has no such package"),
          new NotTaken("docs/startup.md", "SALLYPORT_JAVA_OPTS", "StartupCacheIT, by its steps"),
          new NotTaken("loadtest/README.md", "bin/sallyport demo", ".ci/run"),
          new NotTaken("loadtest/README.md", "mmdebstrap", "downloads a release of Debian"),
          new NotTaken("loadtest/README.md", "loadtest/", ".ci/run, for a few seconds each"));

  /** A call that takes commands from a page; of its literals, a constant may be the page. */
  private static final Pattern TAKEN =
      Pattern.compile(
          "PageCommands\\s*\\.of\\(\\s*(\"[^\"]+\"|PAGE),\\s*\"([^\"]*)\"\\)\\s*(\\.get(?:First|Last)\\(\\))?");

  private static final Pattern PAGE_CONSTANT = Pattern.compile("PAGE = \"([^\"]+)\"");

  /** Rooms where the comments of methods follow the rules too. Add to this list. */
  private static final List<Path> REVISED_METHODS =
      Stream.of(
              "answer",
              "cluster",
              "connect",
              "credentials",
              "front",
              "gate",
              "gateway",
              "http",
              "logging",
              "net",
              "observe",
              "proxy",
              "redirect")
          .map(Path::of)
          .toList();

  /** Beginnings of a comment that name nothing, of a type or a method. */
  private static final Pattern QUESTION =
      Pattern.compile("(?:What|Whether|Why|Who|Whose|How|Where|When|Which|Its?|The thing)\\b.*");

  /** Beginnings of a type's comment that say what it does, not what it is. */
  private static final Pattern VERB =
      Pattern.compile(
          "(?:Answers|Asks|Builds|Closes|Connects|Decides|Ends|Finds|Gets|Gives|Hands|Hears|Lets"
              + "|Makes|Opens|Puts|Reads|Says|Sends|Takes|Tells|Told|Waits|Writes)\\b(?! of ).*");

  private static Map.Entry<Pattern, String> word(String regex, String instead) {
    Pattern pattern =
        Pattern.compile("\\b(?:" + regex.replace(" ", "\\s+") + ")\\b", Pattern.CASE_INSENSITIVE);
    return Map.entry(pattern, instead);
  }

  private static MarkdownPage page(String name, String text) {
    return MarkdownPage.parse(Path.of(name), text);
  }

  // ---- links

  @Test
  void everyLinkLeadsToAFileAndAHeadingThatExist() throws IOException {
    for (MarkdownPage page : MarkdownPage.all()) {
      assertThat(brokenLinks(page)).isEmpty();
    }
  }

  private static List<String> brokenLinks(MarkdownPage page) throws IOException {
    List<String> broken = new ArrayList<>();
    for (Link link : page.links()) {
      if (!link.target().matches("[a-z]+:.*") && !exists(page, link.target())) {
        broken.add(page.path() + ":" + link.line() + ": " + link.target() + " does not exist");
      }
    }
    return broken;
  }

  private static boolean exists(MarkdownPage page, String target) throws IOException {
    String[] parts = target.split("#", 2);
    Path path = parts[0].isEmpty() ? page.path() : page.path().resolveSibling(parts[0]).normalize();
    if (parts[0].isEmpty() || parts.length == 1) {
      return parts.length == 1 ? Files.exists(path) : page.anchors().contains(parts[1]);
    }
    return Files.isRegularFile(path)
        && MarkdownPage.parse(path, Files.readString(path)).anchors().contains(parts[1]);
  }

  @Test
  void aLinkToNoFileAndOneToNoHeadingAreFound() throws IOException {
    MarkdownPage page =
        page(
            "docs/x.md",
            """
            # A `b` page: c

            [up](../README.md), [here](#a-b-page-c), [out](https://example.org/x#y),
            `[code](none.md)`

            [gone](gone.md), [no
            heading](#none), [neither](tls.md#none), [above](../../README.md)
            """);
    assertThat(brokenLinks(page))
        .containsExactly(
            "docs/x.md:6: gone.md does not exist",
            "docs/x.md:7: #none does not exist",
            "docs/x.md:7: tls.md#none does not exist",
            "docs/x.md:7: ../../README.md does not exist");
  }

  // ---- words

  @Test
  void noPageHasAWordToAvoid() throws IOException {
    List<String> found = new ArrayList<>();
    for (MarkdownPage page : MarkdownPage.all()) {
      if (followsTheRulesOfProse(page.path())) {
        found.addAll(wordsToAvoid(page));
      }
    }
    assertThat(found).isEmpty();
  }

  private static boolean followsTheRulesOfProse(Path path) {
    Path folder = path.getParent();
    return (folder == null || folder.equals(Path.of("docs"))) && !UNREVISED.contains(path);
  }

  private static List<String> wordsToAvoid(MarkdownPage page) {
    List<String> found = new ArrayList<>();
    WORDS.forEach(
        (pattern, instead) -> {
          Matcher word = pattern.matcher(page.prose());
          while (word.find()) {
            found.add(
                "%s:%d: '%s', in place of: %s"
                    .formatted(
                        page.path(),
                        MarkdownPage.line(page.prose(), word.start()),
                        word.group().replaceAll("\\s+", " "),
                        instead));
          }
        });
    return found.stream().sorted().toList();
  }

  @Test
  void aWordToAvoidIsFoundOverTheEndOfALineAndNotInCode() {
    MarkdownPage page =
        page(
            "x.md",
            """
            Nobody is there. `nobody` is a user, nobodies are not.
            ```text
            whoever
            ```
            A path that is
            none renews by itself.
            """);
    assertThat(wordsToAvoid(page))
        .containsExactly(
            "x.md:1: 'Nobody', in place of: no client, no process, not",
            "x.md:5: 'is none', in place of: is invalid, is not one",
            "x.md:6: 'by itself', in place of: automatically, alone");
  }

  // ---- comments of the code

  @Test
  void noCommentHasAWordToAvoid() throws IOException {
    assertThat(SourceComments.all()).flatExtracting(DocumentationTest::wordsToAvoid).isEmpty();
  }

  @Test
  void theCommentOfATypeBeginsWithANoun() throws IOException {
    assertThat(SourceComments.all()).filteredOn(DocumentationTest::beginsWithoutNoun).isEmpty();
  }

  @Test
  void theCommentOfAMethodBeginsWithNoQuestion() throws IOException {
    assertThat(SourceComments.all())
        .filteredOn(comment -> REVISED_METHODS.stream().anyMatch(comment.file()::startsWith))
        .filteredOn(DocumentationTest::isMethodWithQuestion)
        .isEmpty();
  }

  /** Finds the words to avoid. "There is none" is allowed in a comment. */
  private static List<String> wordsToAvoid(Comment comment) {
    String text = comment.text().replaceAll("there (?:is|are) none", "");
    return WORDS.keySet().stream()
        .flatMap(word -> word.matcher(text).results())
        .map(word -> "%s:%d: '%s'".formatted(comment.file(), comment.line(), word.group()))
        .sorted()
        .toList();
  }

  private static boolean beginsWithoutNoun(Comment comment) {
    return comment.kind() == Kind.TYPE
        && (QUESTION.matcher(comment.text()).matches() || VERB.matcher(comment.text()).matches());
  }

  private static boolean isMethodWithQuestion(Comment comment) {
    return comment.kind() == Kind.METHOD && QUESTION.matcher(comment.text()).matches();
  }

  @Test
  void aWordToAvoidAndABeginningWithoutANounAreFoundInCode() {
    List<Comment> comments =
        SourceComments.of(
            Path.of("net", "X.java"),
            """
            /** What nobody needs. */
            @SuppressWarnings("unused")
            final class X {
              String a = "// nobody";

              /** Whether {@code nobody} asks; null when there is none. */
              @Nullable Boolean asks(int a) {
                // It renews by
                // itself.
                return null;
              }

              /** Where it is. */
              private static final int PLACE = of(1);
            }
            """);
    assertThat(comments)
        .flatExtracting(DocumentationTest::wordsToAvoid)
        .containsExactly("net/X.java:1: 'nobody'", "net/X.java:8: 'by itself'");
    assertThat(comments)
        .filteredOn(DocumentationTest::beginsWithoutNoun)
        .extracting(Comment::line)
        .containsExactly(1);
    assertThat(comments)
        .filteredOn(DocumentationTest::isMethodWithQuestion)
        .extracting(Comment::line)
        .containsExactly(6);
  }

  // ---- commands and configurations

  @Test
  void everyCommandIsRunOrHasAReason() throws IOException {
    List<Taken> taken = takenByTests();
    assertThat(taken).as("calls of PageCommands.of").hasSizeGreaterThan(10);
    List<String> unaccounted = new ArrayList<>();
    for (MarkdownPage page : MarkdownPage.all()) {
      unaccounted.addAll(unaccounted(page, taken, NOT_TAKEN));
    }
    assertThat(unaccounted).isEmpty();
  }

  @Test
  void eachReasonIsForACommandThatIsThereAndThatNoTestTakes() throws IOException {
    List<MarkdownPage> pages = MarkdownPage.all();
    List<Taken> taken = takenByTests();
    for (NotTaken each : NOT_TAKEN) {
      assertThat(pages)
          .as(each.toString())
          .anyMatch(
              page ->
                  page.path().equals(Path.of(each.page()))
                      && !unaccounted(page, taken, others(each)).isEmpty());
    }
  }

  private static List<NotTaken> others(NotTaken one) {
    return NOT_TAKEN.stream().filter(each -> !each.equals(one)).toList();
  }

  /**
   * Commands of a page that a test runs.
   *
   * @param which the one of several that is taken; empty for all
   */
  record Taken(Path page, String beginning, String which) {
    private boolean has(MarkdownPage in, String command) {
      if (!page.equals(in.path()) || !command.startsWith(beginning)) {
        return false;
      }
      List<String> all = in.commands().stream().filter(c -> c.startsWith(beginning)).toList();
      return which.isEmpty()
          || command.equals(which.contains("First") ? all.getFirst() : all.getLast());
    }
  }

  private static List<Taken> takenByTests() throws IOException {
    List<Taken> taken = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of("src", "test", "java", "sallyport"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        taken.addAll(takenIn(Files.readString(file)));
      }
    }
    return taken;
  }

  private static List<Taken> takenIn(String source) {
    List<Taken> taken = new ArrayList<>();
    Matcher call = TAKEN.matcher(source);
    while (call.find()) {
      String page = call.group(1).replace("\"", "");
      if (page.equals("PAGE")) {
        Matcher constant = PAGE_CONSTANT.matcher(source);
        assertThat(constant.find()).as("the constant PAGE").isTrue();
        page = constant.group(1);
      }
      taken.add(
          new Taken(
              page.equals("README.md") ? Path.of(page) : Path.of("docs", page),
              call.group(2),
              Objects.requireNonNullElse(call.group(3), "")));
    }
    return taken;
  }

  private static List<String> unaccounted(
      MarkdownPage page, List<Taken> taken, List<NotTaken> reasons) {
    return page.commands().stream()
        .filter(command -> taken.stream().noneMatch(each -> each.has(page, command)))
        .filter(
            command ->
                reasons.stream()
                    .noneMatch(
                        each ->
                            page.path().equals(Path.of(each.page()))
                                && command.startsWith(each.beginning())))
        .map(command -> page.path() + ": no test takes '" + command + "', and no reason is given")
        .toList();
  }

  @Test
  void aCommandThatNoTestTakesIsFound() {
    MarkdownPage page =
        page(
            "docs/x.md",
            """
            1. As a list:

               ```sh
               # A comment
               openssl version   # the version
               openssl help
               rm -r /
               echo known
               ```
            """);
    List<Taken> taken =
        takenIn(
            """
            String PAGE = "x.md"; PageCommands.of(PAGE, "openssl").getFirst();
            PageCommands.of("y.md", "rm");
            """);
    assertThat(unaccounted(page, taken, List.of(new NotTaken("docs/x.md", "echo", "known"))))
        .containsExactly(
            "docs/x.md: no test takes 'openssl help', and no reason is given",
            "docs/x.md: no test takes 'rm -r /', and no reason is given");
  }

  @Test
  void everyBlockHasALanguageThatATestReads() throws IOException {
    for (MarkdownPage page : MarkdownPage.all()) {
      if (!page.path().equals(BAD_CONFIGURATIONS)) {
        assertThat(unreadBlocks(page)).isEmpty();
      }
    }
  }

  private static List<String> unreadBlocks(MarkdownPage page) {
    return page.blocks().stream()
        .filter(block -> !isRead(page, block.language()))
        .map(block -> "%s:%d: '%s'".formatted(page.path(), block.line(), block.language()))
        .toList();
  }

  private static boolean isRead(MarkdownPage page, String language) {
    return LANGUAGES.contains(language)
        || RECIPES.getOrDefault(page.path(), Set.of()).contains(language);
  }

  @Test
  void aConfigurationWithoutItsLanguageAndAFenceThatIsLeftOpenAreFound() {
    MarkdownPage page =
        page("x.md", "```\ngateway {}\n```\n```nginx\na;\n```\n```text\nb\n```\n```hocon\nc\n");
    assertThat(unreadBlocks(page))
        .containsExactly("x.md:2: ''", "x.md:5: 'nginx'", "x.md:11: '(not closed) hocon'");
    assertThat(page.blocks()).extracting(Block::text).contains("gateway {}\n", "c\n");
  }

  // ---- decision records

  @Test
  void aDecisionRecordIsAPageAtMost() throws IOException {
    try (Stream<Path> records = Files.list(DECISIONS)) {
      for (Path each : records.toList()) {
        assertThat(isAPage(Files.readString(each))).as(each.toString()).isTrue();
      }
    }
  }

  private static boolean isAPage(String text) {
    return text.lines().count() <= RECORD;
  }

  @Test
  void aRecordOfMoreThanAPageIsFound() {
    assertThat(isAPage("a\n".repeat(RECORD))).isTrue();
    assertThat(isAPage("a\n".repeat(RECORD + 1))).isFalse();
  }
}
