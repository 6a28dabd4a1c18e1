package sallyport.config.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.GatewayConfig;
import sallyport.config.backend.UpstreamTlsConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.config.read.ConfigPlaces;
import sallyport.config.read.Problems;
import sallyport.config.route.RouteConfig;

/** The files of a configuration: what they include, where names start, what is set twice. */
class ConfigFilesTest {
  private static final String SOUND =
      """
      gateway.listeners.s.bind = "127.0.0.1:0"
      gateway.listeners.s.tls.certificates = [ { chain = a.pem, key = a.key } ]
      gateway.backends.b.endpoints = [ "h:1" ]
      gateway.backends.b.tls.trust = a.pem
      gateway.backends.b.tls.certificate { chain = a.pem, key = a.key }
      """;

  @TempDir Path folder;

  @BeforeEach
  void files() throws IOException {
    write("a.pem", "");
    write("a.key", "");
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private GatewayConfig load(String text) throws IOException, InvalidConfiguration {
    return GatewayConfig.load(write("gateway.conf", text + SOUND));
  }

  /** What is wrong, with names as if the files were in /c. */
  private List<String> problems(String text) {
    return catchThrowableOfType(InvalidConfiguration.class, () -> load(text)).problems().stream()
        .map(line -> line.replace(folder.toString(), "/c"))
        .toList();
  }

  private static UpstreamTlsConfig tls(GatewayConfig config, String backend) {
    return Objects.requireNonNull(config.backends().get(backend)).tls().orElseThrow();
  }

  // ---- includes

  @Test
  void anIncludeIsMissedInAFileThatIsIncludedToo() throws Exception {
    write("conf.d/all.conf", "# all of them\n\ngateway {\n  include \"lab.conf\"\n}\n");
    assertThat(problems("include \"conf.d/all\"\n"))
        .containsExactly(
            "/c/conf.d/all.conf:4: include: there is no file 'lab.conf' in '/c/conf.d'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"conf.d/lab\"",
        "\"conf.d/lab.conf\"",
        "file(\"conf.d/lab.conf\")",
        "required(\"conf.d/lab.conf\")",
        "required(file(\"conf.d/lab.conf\"))"
      })
  void anIncludeStartsAtTheFileThatItStandsIn(String include) throws Exception {
    write("conf.d/lab.conf", "include \"more\"\n");
    write("conf.d/more.conf", "gateway.drain-timeout = 7s\n");
    assertThat(load("include " + include + "\n").drainTimeout()).hasSeconds(7);
  }

  @Test
  void anIncludeInsideAnObjectIsPartOfIt() throws Exception {
    write("timeouts.conf", "drain-timeout = 7s\n");
    assertThat(load("gateway { include \"timeouts.conf\" }\n").drainTimeout()).hasSeconds(7);
    assertThat(
            problems(
                "gateway { include \"timeouts.conf\", drain-timeout = 7s\n include \"timeouts\" }\n"))
        .containsExactly(
            "/c/timeouts.conf:1: drain-timeout: is set twice, first at /c/gateway.conf:1; only the"
                + " last would count: remove one");
  }

  @Test
  void nothingIsIncludedFromTheClassPath() {
    assertThat(problems("include \"reference.conf\"\n"))
        .containsExactly("/c/gateway.conf:1: include: there is no file 'reference.conf' in '/c'");
  }

  @Test
  void aFileThatIncludesItselfIsNamed() throws Exception {
    write("part.conf", "\ninclude \"gateway.conf\"\n");
    assertThat(problems("include \"part\"\n"))
        .containsExactly("/c/part.conf:2: include: 'gateway.conf' includes itself");
  }

  @Test
  void aFolderIsNotIncluded() throws Exception {
    write("conf.d/lab.conf", "");
    assertThat(problems("include \"conf.d\"\n"))
        .containsExactly(
            "/c/gateway.conf:1: include: 'conf.d' is a folder; name each of its files");
  }

  @Test
  void aKeyThatIsNamedLikeAnIncludeIsNone() {
    assertThat(problems("include.x = 1\ngateway.includes = 2\n"))
        .containsExactly("/c/gateway.conf:2: includes: unknown key");
  }

  // ---- names of files

  @Test
  void aNameStartsAtTheFileThatItIsWrittenIn() throws Exception {
    write(
        "conf.d/lab.conf",
        """
        gateway.backends.lab {
          endpoints = [ "h:1" ]
          tls {
            trust = lab.pem
            certificate { chain = ../a.pem, key = ../a.key }
            revocation.crls = [ lab.pem ]
          }
        }
        """);
    write("conf.d/lab.pem", "");
    UpstreamTlsConfig lab = tls(load("include \"conf.d/lab\"\n"), "lab");
    assertThat(lab.trust().file()).isEqualTo(folder.resolve("conf.d/lab.pem"));
    assertThat(lab.trust().revocation().crls().getFirst().file())
        .isEqualTo(folder.resolve("conf.d/lab.pem"));
    assertThat(problems("include \"conf.d/lab\"\ngateway.backends.lab.tls.trust = lab.pem\n"))
        .containsExactly(
            "/c/gateway.conf:2: backends.lab.tls.trust: there is no file 'lab.pem' (from '/c')");
  }

  @Test
  void aNameThatIsSubstitutedStartsWhereItIsWritten() throws Exception {
    write("conf.d/names.conf", "trust = lab.pem\n");
    write("conf.d/lab.pem", "");
    GatewayConfig config =
        load(
            "include \"conf.d/names\"\ngateway.backends.c = ${gateway.backends.b} { tls.trust = ${trust} }\n");
    assertThat(tls(config, "c").trust().file()).isEqualTo(folder.resolve("conf.d/lab.pem"));
  }

  @Test
  void aNameFromTheEnvironmentStartsAtTheMainFile() throws Exception {
    GatewayConfig config =
        load(
            "gateway.backends.c = ${gateway.backends.b} { tls.trust = ${?NOT_SET_BY_ANYBODY}a.pem }\n");
    assertThat(tls(config, "c").trust().file()).isEqualTo(folder.resolve("a.pem"));
  }

  /** HOCON's library names all files of such a value in place of one. */
  @Test
  void aNameThatSeveralFilesMakeStartsAtTheMainFile() throws Exception {
    write("conf.d/vars.conf", "dir = certs\nfile = lab\n");
    write("conf.d/more.conf", "include \"vars\"\nall = ${dir}/${file}\n");
    write("certs/lab.pem", "");
    String trust = "include \"conf.d/more\"\ngateway.backends.c = ${gateway.backends.b}\n";
    for (String name : List.of("${dir}\"/lab.pem\"", "certs\"/\"${file}\".pem\"", "${all}.pem")) {
      GatewayConfig config = load(trust + "gateway.backends.c.tls.trust = " + name + "\n");
      assertThat(tls(config, "c").trust().file()).isEqualTo(folder.resolve("certs/lab.pem"));
      assertThat(problems(trust + "gateway.backends.c.tls.trust = x" + name + "\n"))
          .containsExactly(
              "/c/gateway.conf:3: backends.c.tls.trust: there is no file 'xcerts/lab.pem' (from"
                  + " '/c')");
    }
  }

  @Test
  void aNameThatSeveralIncludedFilesMakeIsShownAtTheLast() throws Exception {
    write("conf.d/vars.conf", "dir = certs\n");
    write("conf.d/c.conf", "c.tls.trust = ${dir}\"/lab.pem\"\n");
    write("conf.d/all.conf", "include \"vars\"\ninclude \"c\"\n");
    assertThat(
            problems("include \"conf.d/all\"\ngateway.backends.c = ${gateway.backends.b} ${c}\n"))
        .containsExactly(
            "/c/conf.d/c.conf:1: backends.c.tls.trust: there is no file 'certs/lab.pem' (from"
                + " '/c')");
  }

  @Test
  void namesOfARelativeConfigurationStayRelative() throws Exception {
    Path here = Path.of("").toAbsolutePath();
    load("");
    GatewayConfig config = GatewayConfig.load(here.relativize(folder.resolve("gateway.conf")));
    assertThat(tls(config, "b").trust().file()).isEqualTo(here.relativize(folder.resolve("a.pem")));
  }

  @Test
  void aFileThatIsInTheWorkingDirectoryIsPointedOut() {
    assertThat(problems("gateway.backends.b.tls.revocation.crls = [ pom.xml ]\n"))
        .containsExactly(
            "/c/gateway.conf:1: backends.b.tls.revocation.crls: there is no file 'pom.xml' (from"
                + " '/c'); it is in the working directory, but names start at the file they stand"
                + " in");
  }

  // ---- twice

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Single keys of an object that is there
        "gateway.listeners.s.limits.max-connections = 5, gateway.listeners.s.limits.max-body = 5B",
        "gateway { lame-duck = 1s }\ngateway { drain-timeout = 1s }",
        "gateway.listeners { x { bind = \"127.0.0.1:0\", redirect-to = s } }\ngateway.listeners.x.limits.max-connections = 1",
        // The environment may say otherwise
        "gateway.drain-timeout = 5s\ngateway.drain-timeout = ${?NOT_SET_BY_ANYBODY}",
        // Lists that grow
        "gateway.routes = [ { backend = b } ]\ngateway.routes += { path = /x, backend = b }",
        "gateway.routes = [ { backend = b } ]\ngateway.routes = ${gateway.routes} [ { path = /x, backend = b } ]",
        // What several substitutions make, of which nothing is known here
        "drain = 1s, gateway.drain-timeout = 5s\ngateway.drain-timeout = ${?NOT_SET_BY_ANYBODY}${?drain}",
        "gateway.drain-timeout = 5s\ngateway.drain-timeout = ${?NOT_SET_BY_ANYBODY}${?NOR_THIS} \u00a0 # c",
        "tls = ${gateway.backends.b}, more { balance = least-requests }\ngateway.backends.c = ${tls} ${more}\ngateway.backends.c.endpoints = [ \"h:2\" ]",
        "tls = ${gateway.backends.b}, more { balance = least-requests }\ngateway.backends.c = ${tls} ${?more}\ngateway.backends { c { endpoints = [ \"h:2\" ] } }",
        // Replaced on purpose
        "gateway.drain-timeout = 5s\ngateway.drain-timeout = null\ngateway.drain-timeout = 6s",
        "gateway.keys { watch = 1s }\ngateway.keys = null\ngateway.keys { watch = 2s }",
        // The same key of different elements, and in texts and comments
        "gateway.routes = [ { path = /x, backend = b }, { path = /y, backend = b } ]",
        "gateway.drain-timeout = 5s # gateway.drain-timeout = 6s\n// gateway.drain-timeout = 7s",
        // Other keys, though they look alike
        "\"a\\\".b\" = 1, \"a\\\".c\" = 2, a.b = 3, \"a.b\" = 4, a.\"b \" = 5, \" a\".b = 6, \"a\".\" b\" = 7",
        "\"x}\".y = 1, a = ${\"x}\".y}, a = ${?NOT_SET_BY_ANYBODY}",
        "a = \"b = 1, c { b = 2 \\\" }\", c = \"\"\"d = 1\nd = 2\"\"\", d = 3",
      })
  void thisIsNotTwice(String text) throws Exception {
    assertThat(load(text + "\n")).isNotNull();
  }

  @Test
  void aKeyMayStandOnALineOfItsOwn() {
    assertThat(problems("gateway # all\n{ drain-timeout = 5s }\ngateway.drain-timeout\n=\n6s\n"))
        .containsExactly(
            "/c/gateway.conf:3: drain-timeout: is set twice, first at /c/gateway.conf:2; only the"
                + " last would count: remove one");
  }

  @Test
  void aFileThatIncludesAnotherMaySetItsScalarsAnew() throws Exception {
    write("common.conf", "gateway { drain-timeout = 5s, routes = [ { backend = b } ] }\n");
    GatewayConfig config = load("include \"common\"\ngateway.drain-timeout = 6s\n");
    assertThat(config.drainTimeout()).hasSeconds(6);
    assertThat(problems("include \"common\"\ngateway.routes = []\n"))
        .containsExactly(
            "/c/gateway.conf:2: routes: is set twice, first at /c/common.conf:1; only the last"
                + " would count: remove one; += adds to a list");
  }

  @Test
  void anIncludeDoesNotUndoWhatStandsBeforeIt() throws Exception {
    write("common.conf", "gateway.drain-timeout = 5s\n");
    assertThat(problems("gateway.drain-timeout = 6s\ninclude \"common\"\n"))
        .containsExactly(
            "/c/common.conf:1: drain-timeout: is set twice, first at /c/gateway.conf:1; only the"
                + " last would count: remove one");
  }

  @Test
  void twoIncludesDoNotNameTheSame() throws Exception {
    String backend =
        "gateway.backends.lab { endpoints = [ \"h:1\" ]\n tls { trust = a.pem, certificate { chain = a.pem, key = a.key } } }\n";
    write("one.conf", backend);
    write("two.conf", "\n" + backend);
    assertThat(problems("include \"one\"\ninclude \"two\"\n"))
        .containsExactly(
            "/c/two.conf:2: backends.lab: there is a backend of this name already, at"
                + " /c/one.conf:1; rename or remove one, or write backends.lab.KEY = VALUE to"
                + " change single keys of it");
  }

  @Test
  void anObjectDoesNotChangeWhatAnotherFileHasMadeOfOthers() throws Exception {
    write("c.conf", "gateway.backends.c = ${gateway.backends.b} ${?NOT_SET_BY_ANYBODY}\n");
    assertThat(problems("include \"c\"\ngateway.backends.c { balance = least-requests }\n"))
        .containsExactly(
            "/c/gateway.conf:2: backends.c: there is a backend of this name already, at"
                + " /c/c.conf:1; rename or remove one, or write backends.c.KEY = VALUE to change"
                + " single keys of it");
  }

  @Test
  void blanksBetweenSubstitutionsReplaceAValue() {
    assertThat(
            problems(
                "gateway.drain-timeout = 5s\ngateway.drain-timeout = ${?NOT_SET_BY_ANYBODY} ${?NOR_THIS}\n"))
        .contains(
            "/c/gateway.conf:2: drain-timeout: is set twice, first at /c/gateway.conf:1; only the"
                + " last would count: remove one");
  }

  @Test
  void aValueDoesNotReplaceAnObjectNorAnObjectAValue() {
    assertThat(problems("gateway.keys.watch = 1s\ngateway.keys = 5\n"))
        .contains(
            "/c/gateway.conf:2: keys: is set twice, first at /c/gateway.conf:1; only the last"
                + " would count: remove one");
    assertThat(problems("gateway.keys = 5\ngateway.keys.watch = 1s\n"))
        .containsExactly(
            "/c/gateway.conf:2: keys.watch: keys has a value already, at"
                + " /c/gateway.conf:1, which this would replace: remove one");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gateway.routes += { path = PATH, client-allow = [ \"dns:a.test\" ], backend = b }",
        "gateway.routes = ${?gateway.routes} [ { path = PATH, backend = b } ]",
      })
  void eachOfSeveralFilesMayAddToAList(String more) throws Exception {
    String asked =
        "gateway.listeners.s.tls.client-auth { mode = required, trust = a.pem, allow = [ \"dns:a.test\" ] }\n";
    write("one.conf", more.replace("PATH", "/one"));
    write("two.conf", more.replace("PATH", "/two"));
    assertThat(
            load(asked
                    + more.replace("PATH", "/main")
                    + "\ninclude one\ninclude two\n".replaceAll("(one|two)", "\"$1\""))
                .routes())
        .extracting(RouteConfig::path)
        .containsExactly("/main", "/one", "/two");
  }

  @Test
  void aFileThatIsIncludedTwiceMayAddToAListTwice() throws Exception {
    write("element.conf", "a += { b = 1 }\n");
    assertThat(load("include \"element\"\ninclude \"element\"\n")).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway.routes", "routes"})
  void aFileInsideAnObjectMayAddToAListByItsPathFromEither(String name) throws Exception {
    write("r.conf", "routes = ${" + name + "} [ { path = /x, backend = b } ]\n");
    assertThat(load("gateway { routes = [ { backend = b } ]\n include \"r.conf\" }\n").routes())
        .hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "include\"part\"",
        "include\n\"part\"",
        "include # a part\n\n\"part\"",
        "include \"\"\"part\"\"\"",
        "include \"p\\u0061rt\"",
        "include required( # it is\n file(\n\"part.conf\" )\n)",
      })
  void behindEveryKindOfIncludeItGoesOn(String include) throws Exception {
    write("part.conf", "gateway.lame-duck = 1s\n");
    List<String> problems =
        problems(
            include
                + "\ngateway.lame-duck = 2s, gateway.drain-timeout = 5s, gateway.drain-timeout = 6s\n");
    assertThat(problems).hasSize(1);
    assertThat(problems.getFirst())
        .contains(": drain-timeout: is set twice, first at /c/gateway.conf:");
  }

  @Test
  void theSameKeyIsFoundHoweverItIsQuoted() {
    assertThat(problems("\"gateway\".drain-timeout = 5s\ngateway.\"dr\\u0061in-timeout\" = 6s\n"))
        .containsExactly(
            "/c/gateway.conf:2: drain-timeout: is set twice, first at /c/gateway.conf:1; only the"
                + " last would count: remove one");
  }

  /** Where each value is compared with all others, this takes minutes. */
  @Test
  void thousandsOfRoutesAreLookedThrough() throws Exception {
    StringBuilder routes = new StringBuilder("gateway.routes = [\n");
    for (int i = 0; i < 20_000; i++) {
      routes.append("  { name = r").append(i).append(", path = /").append(i);
      routes.append(", host = a.test, backend = b, response-timeout = 5s }\n");
    }
    assertThat(load(routes.append("]\n").toString()).routes()).hasSize(20_000);
  }

  // ---- the scanner

  @Test
  void aTextThatIsNotReadToItsEndIsSaidToBe() throws Exception {
    ConfigPlaces places = ConfigPlaces.ofFile(folder.resolve("gateway.conf"));
    write("part.conf", "a = 1\n\n = 2\n");
    ConfigFiles files = new ConfigFiles(places, new Problems(places), null);
    files.look(places.main(), "include \"part\"\na = ]");
    assertThat(files.stops())
        .map(at -> at.source().replace(folder.toString(), "/c") + ":" + at.line())
        .containsExactly("/c/part.conf:3", "/c/gateway.conf:2");
  }

  @Test
  void theOutlineHasWhatTheLibraryFinds() throws Exception {
    String text = Files.readString(Path.of("src/main/resources/reference.conf"));
    Config parsed = ConfigFactory.parseString(text);
    Set<String> found =
        parsed.entrySet().stream()
            .map(entry -> String.join(".", ConfigUtil.splitPath(entry.getKey())))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> outlined =
        OutlineScanner.scan(text, List.of(), () -> 0).items().stream()
            .map(Outline.Setting.class::cast)
            .filter(setting -> setting.kind() != Outline.Kind.OBJECT)
            .map(setting -> Outline.shown(setting.path()))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(outlined).isEqualTo(found);
  }
}
