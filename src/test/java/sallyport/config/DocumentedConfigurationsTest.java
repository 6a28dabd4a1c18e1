package sallyport.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.testkit.MarkdownPage;
import sallyport.testkit.SoftHsm;

/** Every configuration that the documentation shows is one that loads. */
class DocumentedConfigurationsTest {
  private static final String FOLDER = "certs/tickets";
  private static final Pattern FILE =
      Pattern.compile("\"((certs|endpoints|errors)/[a-z0-9-]+\\.(pem|html|key|p12|conf|secret))\"");

  @TempDir Path folder;

  record Shown(String place, String hocon) {
    @Override
    public String toString() {
      return place;
    }
  }

  static List<Shown> shown() throws IOException {
    List<Shown> all = new ArrayList<>();
    for (MarkdownPage page : MarkdownPage.all()) {
      for (MarkdownPage.Block block : page.blocks("hocon")) {
        all.add(new Shown(page.path() + ":" + block.line(), block.text()));
      }
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("shown")
  void everyConfigurationInTheDocumentationLoads(Shown shown) throws Exception {
    assertThat(load(shown.hocon()).listeners()).isNotEmpty();
  }

  @Test
  void theExampleLoads() throws Exception {
    GatewayConfig example = load(Files.readString(Path.of("conf/gateway.conf")));
    assertThat(example.listeners().keySet()).containsExactly("http", "https");
    assertThat(example.routes()).hasSize(1);
    assertThat(example.backends().keySet()).containsExactly("legacy");
    assertThat(example.listeners().get("https"))
        .isInstanceOfSatisfying(
            ListenerConfig.HttpProxy.class,
            https ->
                assertThat(https.hsts().headerValue())
                    .isEqualTo("max-age=31536000; includeSubDomains"));
  }

  @Test
  void aFileIsReadWithItsIncludesAndTheEnvironment() throws Exception {
    Files.writeString(folder.resolve("part.conf"), "gateway.drain-timeout = 7s\n");
    Path main = folder.resolve("main.conf");
    Files.writeString(
        main,
        """
        include "part.conf"
        gateway {
          listeners.http { bind = "127.0.0.1:0", redirect-to = https }
          listeners.https {
            bind = "127.0.0.1:0"
            tls.certificates = [ { chain = "%1$s/a.pem", key = "%1$s/a.pem" } ]
          }
          access-log.query = ${?PATH_THAT_NOBODY_SETS}
        }
        """
            .formatted(folder));
    Files.writeString(folder.resolve("a.pem"), "");
    assertThat(GatewayConfig.load(main).drainTimeout()).hasSeconds(7);
  }

  private GatewayConfig load(String hocon) throws IOException, InvalidConfiguration {
    Matcher file = FILE.matcher(hocon);
    while (file.find()) {
      Path path = folder.resolve(file.group(1));
      Files.createDirectories(path.getParent());
      if (!Files.exists(path)) {
        Files.createFile(path);
      }
    }
    Files.createDirectories(folder.resolve(FOLDER));
    Files.writeString(folder.resolve("common.conf"), "");
    // A machine need not have the module that the pages name.
    Path module = Files.write(folder.resolve("module.so"), new byte[0]);
    return GatewayConfig.parse(hocon.replace(SoftHsm.MODULE, module.toString()), folder);
  }
}
