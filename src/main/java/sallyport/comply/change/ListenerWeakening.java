package sallyport.comply.change;

import java.util.List;
import sallyport.comply.change.findings.DeclaredLimits;
import sallyport.comply.change.findings.WeakeningList;
import sallyport.comply.change.tls.ClientWeakening;
import sallyport.comply.change.tls.KeyStorage;
import sallyport.comply.change.tls.PolicyWeakening;
import sallyport.comply.change.tls.SessionWeakening;
import sallyport.config.GatewayConfig;
import sallyport.config.http.HstsConfig;
import sallyport.config.http.HttpRulesConfig;
import sallyport.config.http.IdentityFieldsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.tls.ServerTlsConfig;

/** Loosened settings of listeners, and access that a new listener opens. */
final class ListenerWeakening {
  private ListenerWeakening() {}

  static void find(GatewayConfig before, GatewayConfig after, List<String> lines) {
    for (ListenerConfig listener : after.listeners().values()) {
      switch (listener) {
        case ListenerConfig.HttpProxy proxy -> {
          ListenerConfig.HttpProxy old =
              Succession.counterpart(ListenerConfig.HttpProxy.class, proxy, before);
          if (old != null) {
            compare(old, proxy, new WeakeningList("listener " + proxy.name(), lines));
          } else {
            NewListener.measure(
                proxy,
                before.httpProxies(),
                ListenerWeakening::compare,
                "new, and none forwarded before",
                lines);
          }
        }
        // See StreamWeakening.
        case ListenerConfig.Streams streams -> {}
        case ListenerConfig.LocalProxy local -> local(local, before, lines);
        case ListenerConfig.Redirect redirect -> {
          ListenerConfig.Redirect old =
              Succession.counterpart(ListenerConfig.Redirect.class, redirect, before);
          if (old != null) {
            WeakeningList findings = new WeakeningList("listener " + redirect.name(), lines);
            common(old, redirect, findings);
            DeclaredLimits.find("", old, redirect, findings);
          }
        }
      }
    }
    for (ListenerConfig listener : before.listeners().values()) {
      switch (listener) {
        case ListenerConfig.Redirect redirect -> {
          if (Succession.counterpart(ListenerConfig.Redirect.class, redirect, after) == null) {
            new WeakeningList("listener " + redirect.name(), lines)
                .add("is gone, which sent plain HTTP to " + redirect.redirectTo());
          }
        }
        // A removed listener takes access away.
        case ListenerConfig.Http proxy -> {}
        case ListenerConfig.Streams streams -> {}
      }
    }
  }

  private static void local(
      ListenerConfig.LocalProxy local, GatewayConfig before, List<String> lines) {
    WeakeningList findings = new WeakeningList("listener " + local.name(), lines);
    ListenerConfig.LocalProxy old =
        Succession.counterpart(ListenerConfig.LocalProxy.class, local, before);
    if (old == null) {
      findings.add("new, and takes plain HTTP of this machine");
    } else {
      common(old, local, findings);
      rules(old.http(), local.http(), findings);
      DeclaredLimits.find("", old, local, findings);
    }
  }

  private static void compare(
      ListenerConfig.HttpProxy before, ListenerConfig.HttpProxy after, WeakeningList findings) {
    common(before, after, findings);
    tls(before.tls(), after.tls(), findings);
    hsts(before.hsts(), after.hsts(), findings);
    rules(before.http(), after.http(), findings);
    DeclaredLimits.find("", before, after, findings);
  }

  /** Compares the sockets of two listeners. */
  static void common(ListenerConfig before, ListenerConfig after, WeakeningList findings) {
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
  }

  /** Compares the TLS of two listeners, apart from its declared limits. */
  static void tls(ServerTlsConfig before, ServerTlsConfig after, WeakeningList findings) {
    PolicyWeakening.find(before.policy(), after.policy(), findings);
    KeyStorage.find(before.certificates(), after.certificates(), findings);
    ClientWeakening.find(before.clientAuth(), after.clientAuth(), findings);
    if (before.rejectUnknownSni() && !after.rejectUnknownSni()) {
      findings.changed("tls.unknown-sni", "reject", "default");
    }
    findings.raisedBytes(
        "tls.client-hello.max-size", before.clientHelloMaxBytes(), after.clientHelloMaxBytes());
    findings.switchedOff("tls.stapling", before.stapling(), after.stapling());
    SessionWeakening.find(before, after, findings);
  }

  private static void hsts(HstsConfig before, HstsConfig after, WeakeningList findings) {
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
}
