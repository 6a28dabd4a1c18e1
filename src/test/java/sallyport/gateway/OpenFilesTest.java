package sallyport.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sallyport.config.GatewayConfig;
import sallyport.testkit.Setup;
import sallyport.testkit.TestPki;

/** When the limit of open files is too low for what the configuration allows. */
class OpenFilesTest {
  @TempDir Path folder;

  @Test
  void aLimitBelowTheConnectionsOfAllListenersIsNamedWithWhatToDo() throws Exception {
    TestPki.writeTo(folder);
    GatewayConfig config =
        GatewayConfig.parse(Setup.to("h:1").limits("max-connections = 500").hocon(), folder);
    assertThat(OpenFiles.warning(config, 1000))
        .startsWith("1000 files may be open at once (ulimit -n), but limits.max-connections allows")
        .contains(" 1000 connections of clients", "LimitNOFILE=");
    assertThat(OpenFiles.warning(config, 1001)).isNull();
  }

  @Test
  void theLimitOfThisProcessIsKnown() {
    assertThat(OpenFiles.limit()).isBetween(1L, Long.MAX_VALUE);
  }
}
