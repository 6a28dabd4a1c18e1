package sallyport.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** The limit of each test, which {@code junit-platform.properties} sets. */
class HangTest {
  private static final CountDownLatch OVER = new CountDownLatch(1);

  /** A test that does not end and does not heed its interruption. */
  static final class Hanging {
    @Test
    void hangs() {
      boolean over = false;
      while (!over) {
        try {
          OVER.await();
          over = true;
        } catch (InterruptedException ignored) {
          // As a read from a socket would.
        }
      }
    }
  }

  @Test
  void aTestThatIgnoresItsInterruptionFails() {
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    try {
      // What hangs here is no failure of the build.
      LauncherFactory.create(
              LauncherConfig.builder()
                  .enableTestExecutionListenerAutoRegistration(false)
                  .enableLauncherSessionListenerAutoRegistration(false)
                  .build())
          .execute(
              LauncherDiscoveryRequestBuilder.request()
                  .selectors(selectClass(Hanging.class))
                  .configurationParameter("junit.jupiter.execution.timeout.default", "100 ms")
                  .configurationParameter(
                      "junit.jupiter.execution.timeout.threaddump.enabled", "false")
                  .build(),
              summary);
    } finally {
      OVER.countDown();
    }
    assertThat(summary.getSummary().getFailures())
        .singleElement()
        .satisfies(f -> assertThat(f.getException()).isInstanceOf(TimeoutException.class));
  }

  @Test
  void theLimitOfEachTestIsAMinute() throws IOException {
    Properties properties = new Properties();
    try (InputStream file = HangTest.class.getResourceAsStream("/junit-platform.properties")) {
      properties.load(file);
    }
    assertThat(properties)
        .containsEntry("junit.jupiter.execution.timeout.default", "60 s")
        .containsEntry("junit.jupiter.execution.timeout.thread.mode.default", "SEPARATE_THREAD");
  }
}
