package sallyport.comply.change;

import java.util.ArrayList;
import java.util.List;
import sallyport.config.GatewayConfig;
import sallyport.config.http.HstsConfig;
import sallyport.config.http.Http2Config;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.http.IdentityFieldsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.tls.ServerTlsConfig;

/** What is loosened of the listeners, and what a new one opens. */
final class ListenerWeakening {
  private ListenerWeakening() {}

  static void find(GatewayConfig before, GatewayConfig after, List<String> lines) {
    for (ListenerConfig listener : after.listeners().values()) {
      switch (listener) {
        case ListenerConfig.Tls tls -> {
          ListenerConfig.Tls old = Succession.counterpart(ListenerConfig.Tls.class, tls, before);
          if (old != null) {
            compare(old, tls, new WeakeningList("listener " + tls.name(), lines));
          } else {
            measure(tls, before, lines);
          }
        }
        case ListenerConfig.Redirect redirect -> {
          ListenerConfig.Redirect old =
              Succession.counterpart(ListenerConfig.Redirect.class, redirect, before);
          if (old != null) {
            common(old, redirect, new WeakeningList("listener " + redirect.name(), lines));
          }
        }
      }
    }
    for (ListenerConfig listener : before.listeners().values()) {
      if (listener instanceof ListenerConfig.Redirect redirect
          && Succession.counterpart(ListenerConfig.Redirect.class, redirect, after) == null) {
        new WeakeningList("listener " + redirect.name(), lines)
            .add("is gone, which sent plain HTTP to " + redirect.redirectTo());
      }
    }
  }

  /** A new door is measured by those that were there: by the one that it loosens the least. */
  private static void measure(ListenerConfig.Tls door, GatewayConfig before, List<String> lines) {
    List<String> least = null;
    for (ListenerConfig listener : before.listeners().values()) {
      if (listener instanceof ListenerConfig.Tls old) {
        List<String> looser = new ArrayList<>();
        compare(
            old,
            door,
            new WeakeningList(
                "listener " + door.name() + ": new, and looser than " + old.name(), looser));
        if (least == null || looser.size() < least.size()) {
          least = looser;
        }
      }
    }
    if (least == null) {
      new WeakeningList("listener " + door.name(), lines).add("new, and none forwarded before");
    } else {
      lines.addAll(least);
    }
  }

  private static void compare(
      ListenerConfig.Tls before, ListenerConfig.Tls after, WeakeningList findings) {
    common(before, after, findings);
    tls(before.tls(), after.tls(), findings);
    hsts(before.hsts(), after.hsts(), findings);
    rules(before.http(), after.http(), findings);
    http2(before.http2(), after.http2(), findings);
  }

  private static void common(ListenerConfig before, ListenerConfig after, WeakeningList findings) {
    if (BindExposure.widens(before.bind(), after.bind())) {
      findings.changed("bind", before.bind(), after.bind());
    }
    List<String> wider = after.proxies().trusted().beyond(before.proxies().trusted());
    if (!wider.isEmpty()) {
      findings.add("trusted-proxies adds " + String.join(", ", wider));
    }
    if (before.proxies().header() && !after.proxies().header()) {
      findings.add("proxy-protocol on -> off: the limits per source no longer tell clients apart");
    }
    LimitsWeakening.find(before.limits(), after.limits(), findings);
  }

  private static void tls(ServerTlsConfig before, ServerTlsConfig after, WeakeningList findings) {
    PolicyWeakening.find(before.policy(), after.policy(), findings);
    KeyStorage.find(before.certificates(), after.certificates(), findings);
    ClientWeakening.find(before.clientAuth(), after.clientAuth(), findings);
    if (before.rejectUnknownSni() && !after.rejectUnknownSni()) {
      findings.changed("tls.unknown-sni", "reject", "default");
    }
    findings.raisedBytes(
        "tls.client-hello.max-size", before.clientHelloMaxBytes(), after.clientHelloMaxBytes());
    findings.raised(
        "tls.client-hello.timeout", before.clientHelloTimeout(), after.clientHelloTimeout());
    findings.switchedOff("tls.stapling", before.stapling(), after.stapling());
    findings.raised("tls.handshake-timeout", before.handshakeTimeout(), after.handshakeTimeout());
    SessionWeakening.find(before, after, findings);
    findings.raised(
        "tls.handshakes.per-turn", before.handshakes().perTurn(), after.handshakes().perTurn());
    findings.raised(
        "tls.handshakes.max-waiting",
        before.handshakes().maxWaiting(),
        after.handshakes().maxWaiting());
  }

  private static void hsts(HstsConfig before, HstsConfig after, WeakeningList findings) {
    findings.lowered("hsts.max-age", before.maxAge(), after.maxAge());
    findings.switchedOff(
        "hsts.include-subdomains", before.includeSubdomains(), after.includeSubdomains());
    findings.switchedOff("hsts.preload", before.preload(), after.preload());
  }

  private static void rules(HttpRulesConfig before, HttpRulesConfig after, WeakeningList findings) {
    findings.looser(
        "http.ambiguous-paths",
        before.paths(),
        after.paths(),
        List.of(HttpRulesConfig.Paths.REJECT, HttpRulesConfig.Paths.NORMALISE));
    findings.looser(
        "http.unusual-field-names",
        before.fieldNames(),
        after.fieldNames(),
        List.of(
            HttpRulesConfig.FieldNames.REJECT,
            HttpRulesConfig.FieldNames.DROP,
            HttpRulesConfig.FieldNames.PASS));
    findings.switchedOn("http.trace", before.allowTrace(), after.allowTrace());
    findings.looser(
        "http.identity-fields.user",
        before.identityFields().user(),
        after.identityFields().user(),
        List.of(
            IdentityFieldsConfig.User.DROP,
            IdentityFieldsConfig.User.TRUSTED,
            IdentityFieldsConfig.User.PASS));
    findings.without(
        "http.identity-fields.more", before.identityFields().more(), after.identityFields().more());
    findings.with(
        "http.identity-fields.keep", before.identityFields().keep(), after.identityFields().keep());
  }

  private static void http2(Http2Config before, Http2Config after, WeakeningList findings) {
    findings.raised(
        "http2.max-concurrent-streams",
        before.maxConcurrentStreams(),
        after.maxConcurrentStreams());
    findings.raisedBytes(
        "http2.initial-window", before.initialWindowBytes(), after.initialWindowBytes());
    findings.raisedOrOff(
        "http2.ping.interval", before.pings().interval(), after.pings().interval());
    findings.raised("http2.ping.timeout", before.pings().timeout(), after.pings().timeout());
    // The shorter the window, the more frames go through in the long run.
    findings.lowered("http2.floods.window", before.floods().window(), after.floods().window());
    findings.raised("http2.floods.resets", before.floods().resets(), after.floods().resets());
    findings.raised(
        "http2.floods.control-frames",
        before.floods().controlFrames(),
        after.floods().controlFrames());
    findings.raised(
        "http2.floods.empty-frames", before.floods().emptyFrames(), after.floods().emptyFrames());
  }
}
