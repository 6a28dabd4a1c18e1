package sallyport.gateway.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.config.GatewayConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.gateway.runtime.GatewayRuntime;
import sallyport.gateway.runtime.RunningListener;
import sallyport.gateway.runtime.Service;
import sallyport.gateway.runtime.Upstream;
import sallyport.observe.access.AccessLog;
import sallyport.testkit.Parsed;
import sallyport.testkit.Setup;

/** What a reload says of the differences between two runtimes; nothing of them runs. */
class ChangesTest {
  private static final GatewayConfig CONFIG = Parsed.of(Setup.to("a:1"));
  private static final GatewayConfig OTHER =
      Parsed.of(Setup.to("b:1").limits("keep-alive-timeout = 1s"));

  private final Map<String, RunningListener> listenersBefore = new LinkedHashMap<>();
  private final Map<String, RunningListener> listenersAfter = new LinkedHashMap<>();
  private final Map<String, Upstream> backendsBefore = new LinkedHashMap<>();
  private final Map<String, Upstream> backendsAfter = new LinkedHashMap<>();

  @SuppressWarnings("NullAway") // Nothing is asked of what it would run with.
  private static RunningListener listener(GatewayConfig config) {
    ListenerConfig.HttpProxy https = config.httpProxies().getFirst();
    return new RunningListener(new Service.HttpProxy(https, null, Set.of(), null), null, null);
  }

  @SuppressWarnings("NullAway") // Nothing is asked of what it would run with.
  private static Upstream backend(GatewayConfig config) {
    return new Upstream(
        Objects.requireNonNull(config.backends().get("app")), null, null, null, null);
  }

  @SuppressWarnings("NullAway") // No key is opened.
  private List<String> changes(List<String> loosened) {
    return Changes.between(
        new GatewayRuntime(
            CONFIG, null, AccessLog.none(), backendsBefore, listenersBefore, Map.of(), List.of()),
        new GatewayRuntime(
            OTHER, null, AccessLog.none(), backendsAfter, listenersAfter, Map.of(), List.of()),
        loosened);
  }

  private static String inUse() {
    return "configuration: in use, SHA-256 " + OTHER.sha256();
  }

  @Test
  void theConfigurationInUseIsTheNewOne() {
    assertThat(OTHER.sha256()).isNotEqualTo(CONFIG.sha256());
    assertThat(changes(List.of())).containsExactly(inUse());
  }

  @Test
  void partsThatStayAreNotMentioned() {
    RunningListener same = listener(CONFIG);
    listenersBefore.put("https", same);
    listenersAfter.put("https", same);
    backendsBefore.put("app", backend(CONFIG));
    backendsAfter.put("app", backend(CONFIG));
    assertThat(changes(List.of())).containsExactly(inUse());
  }

  @Test
  void listenersComeBeforeBackendsAndWhatIsRemovedComesLast() {
    listenersBefore.put("old", listener(CONFIG));
    listenersBefore.put("https", listener(CONFIG));
    listenersAfter.put("https", listener(OTHER));
    listenersAfter.put("new", listener(CONFIG));
    backendsBefore.put("gone", backend(CONFIG));
    backendsBefore.put("app", backend(CONFIG));
    backendsAfter.put("app", backend(OTHER));
    backendsAfter.put("next", backend(CONFIG));
    assertThat(changes(List.of("limits.max-header was raised")))
        .containsExactly(
            inUse(),
            "listener https: changed",
            "listener new: added",
            "listener old: removed",
            "backend app: changed",
            "backend next: added",
            "backend gone: removed",
            "less strict: limits.max-header was raised");
  }

  @ParameterizedTest
  @CsvSource({
    "listener https: unchanged, true",
    "listener http: unchanged, false",
    "listener https: renewed 1, false",
    "backend https: unchanged, false"
  })
  void certificatesThatStayDoNotContradictAChange(String line, boolean contradicts) {
    assertThat(Changes.contradicts(List.of("listener https: changed", "backend app: added"), line))
        .isEqualTo(contradicts);
  }
}
