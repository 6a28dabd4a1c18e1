package sallyport.comply.change;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.config.GatewayConfig;
import sallyport.config.RuntimeConfig;
import sallyport.config.certificate.SignersConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Settings;
import sallyport.testkit.DeclaredSetting;

/** What of a change of the configuration is called a loosening. */
class WeakeningTest {
  @TempDir static Path folder;

  private static final String BASE =
      """
      gateway {
        listeners {
          https {
            bind = "127.0.0.1:8443"
            tls {
              certificates = [ { chain = server.pem, key = server.key } ]
              client-auth.trust = ca.pem
            }
          }
          mllp {
            bind = "127.0.0.1:2575"
            tls.certificates = [ { chain = server.pem, key = server.key } ]
            forward-to = engine
          }
          passing { bind = "127.0.0.1:8445", pass-through { "c.test" = passed } }
        }
        backends.passed.endpoints = [ "127.0.0.1:9446" ]
        backends.engine {
          endpoints = [ "127.0.0.1:9444" ]
          protocol = tcp
          tls { trust = ca.pem, certificate { chain = client.pem, key = client.key } }
        }
        backends.archive {
          endpoints = [ "127.0.0.1:9445" ]
          protocol = tcp
          tls { trust = ca.pem, certificate { chain = client.pem, key = client.key } }
        }
        routes = [ { name = app, host = a.test, path = /api, backend = app } ]
        backends.app {
          endpoints = [ "127.0.0.1:9443" ]
          tls {
            trust = ca.pem
            certificate { chain = client.pem, key = client.key }
            server-name = legacy.internal
          }
        }
      }
      """;

  private static final String REDIRECT = "{ bind = \"127.0.0.1:8080\", redirect-to = https, ";

  private static final String ADMIN_TLS =
      "{ certificates = [ { chain = server.pem, key = server.key } ], ";

  private static final String PIN = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

  private static final String HTTPS = "listeners.https.";

  /**
   * Settings that make nothing looser, whatever they are; each with the reason. Limits declare it.
   */
  private static final Set<String> NOT_ABOUT_SECURITY =
      Set.of(
          // What they name is compared where it is opened: StrictTrustManager, CertificateRules.
          "TrustConfig.file",
          "ClientAuthConfig.trust",
          "CertificateConfig.Pem.chain",
          "CertificateConfig.Pem.key",
          "CertificateConfig.Pkcs12.file",
          "CertificateConfig.Pkcs12.alias",
          "CertificateConfig.Pkcs11.chain",
          "CertificateConfig.Pkcs11.module",
          "CertificateConfig.Pkcs11.token",
          "CertificateConfig.Pkcs11.key",
          // A secret is as good from one of these places as from another.
          "CertificateConfig.Pkcs12.passphrase",
          "CertificateConfig.Pkcs11.pin",
          "SecretConfig.Environment.name",
          "SecretConfig.File.path",
          "SecretConfig.Command.line",
          "TicketSourceConfig.Folder.path",
          "TicketSourceConfig.Derived.secrets",
          // Names and places: who is reached is for TLS to prove.
          "ListenerConfig.HttpProxy.name",
          "ListenerConfig.Redirect.name",
          "ListenerConfig.LocalProxy.name",
          "ListenerConfig.Stream.name",
          "ListenerConfig.LocalStream.name",
          "ListenerConfig.PassThrough.name",
          // Each protocol of streams has the same TLS, the same demands on clients and the same
          // backends.
          "StreamConfig.protocol",
          "ListenerConfig.Redirect.redirectTo",
          "ListenerConfig.HttpProxy.publicPort",
          "BindAddress.port",
          "AdminListenerConfig.name",
          "AdminListenerConfig.parts",
          "AdminTlsConfig.name",
          "AdminBind.Unix.path",
          // Sections of the same parts, which are compared part by part.
          "AdminConfig.listeners",
          "RouteConfig.name",
          "RouteConfig.via",
          // Texts, and whether there is service at all.
          "ErrorPagesConfig.byStatus",
          "Page.contentType",
          "Page.text",
          "MaintenanceConfig.on",
          "MaintenanceConfig.file",
          // What it sets is compared value by value.
          "RouteConfig.preset",
          "RouteAction.Forward.backend",
          "SplitConfig.weights",
          "SplitConfig.key",
          "SplitConfig.name",
          "RouteAction.Redirect.status",
          "RouteAction.Respond.status",
          "RouteAction.Respond.contentType",
          "RouteAction.Respond.body",
          // No template leads to a host that is not the operator's.
          "RedirectTemplate.text",
          "RedirectTemplate.parts",
          "Part.Text.text",
          "RewriteConfig.host",
          // What it reaches of a backend is compared.
          "PathRewrite.pattern",
          "GroupText.text",
          "GroupText.pieces",
          "Piece.Literal.text",
          "Piece.Group.number",
          "Part.Group.number",
          "RouteAction.Redirect.pattern",
          "BackendConfig.name",
          "BackendConfig.endpoints",
          // The file is as trusted as the configuration, and so are all endpoints.
          "BackendConfig.endpointsFile",
          "BackendConfig.EndpointsFileConfig.file",
          "BackendConfig.EndpointsFileConfig.services",
          "BackendConfig.EndpointConfig.address",
          "EndpointAddress.Host.host",
          "EndpointAddress.Host.port",
          "EndpointAddress.Service.name",
          "LocalAddress.UnixSocket.path",
          // Parts of the user at a Unix socket, who is compared as a whole.
          "PeerUser.Named.name",
          "PeerUser.Named.id",
          "GatewayConfig.backends",
          "DnsConfig.resolver",
          "DnsConfig.servers",
          // What backends and people are told of clients and certificates.
          "ClientAuthConfig.forward",
          "KeysConfig.expiryWarnings",
          "KeysConfig.tokenAway",
          "ReadinessConfig.backends",
          "KeysConfig.crlEnded",
          "GatewayConfig.source",
          "GatewayConfig.sha256",
          // How things are done, not what is let through.
          "ExceptionConfig.reason",
          "ExceptionConfig.owner",
          "BackendConfig.balance",
          "HealthConfig.check",
          "HealthConfig.method",
          "HealthConfig.path",
          "HealthConfig.host",
          "HealthConfig.expect",
          "HealthConfig.body",
          "BackendConfig.hash",
          "StickyConfig.cookie",
          "StickyConfig.sameSite",
          "StickyConfig.key",
          "BackendConfig.EndpointConfig.backup",
          // It stands beside what the client sends.
          "FieldRulesConfig.add",
          "HashConfig.Header.name",
          "HashConfig.Cookie.name",
          "BackendConfig.protocol",
          "Http2Config.enabled",
          // Never changed in passing: a restart is needed.
          "HandOverConfig.socket",
          "GatewayConfig.acme",
          "AcmeConfig.name",
          "AcmeConfig.directory",
          "AcmeConfig.contact",
          "AcmeConfig.folder",
          "AcmeConfig.passphrase",
          "AcmeConfig.challenge",
          "AcmeConfig.trust",
          "AcmeConfig.externalAccount",
          "AcmeConfig.ExternalAccount.keyId",
          "AcmeConfig.ExternalAccount.macKey",
          "AcmeConfig.Renewal.lifetimeLeft",
          "CertificateConfig.Acme.purpose",
          "CertificateConfig.Acme.names",
          "CertificateConfig.Acme.keys",
          "RuntimeConfig.transport",
          "RuntimeConfig.workers",
          "RuntimeConfig.maxBufferMemory");

  /**
   * A change of one setting that loosens; the way back does not.
   *
   * @param key below {@code gateway}
   * @param finding a part of what is said
   */
  record Loosening(String key, String before, String after, String finding) {
    GatewayConfig config(String value) {
      return parse(BASE + "gateway." + key + " = " + value + "\n");
    }

    @Override
    public String toString() {
      return key + " " + before + " -> " + after;
    }
  }

  private static Loosening https(String key, String before, String after, String finding) {
    return new Loosening(HTTPS + key, before, after, finding);
  }

  private static Loosening clients(String before, String after, String finding) {
    String head = "{ mode = required, trust = ca.pem, ";
    return https("tls.client-auth", head + before + " }", head + after + " }", finding);
  }

  private static Loosening route(String before, String after, String finding) {
    return routes("routes", before, after, finding);
  }

  private static Loosening mirror(String before, String after, String finding) {
    String head = "[ { name = app, host = a.test, path = /api, backend = app, mirror { ";
    String end = " } } ], gateway.backends.next = ${gateway.backends.app}";
    return new Loosening("routes", head + before + end, head + after + end, finding);
  }

  private static Loosening access(String before, String after, String finding) {
    return routes(
        HTTPS + "tls.client-auth.mode = required, gateway.routes", before, after, finding);
  }

  private static Loosening routes(String key, String before, String after, String finding) {
    String head = "[ { name = app, host = a.test, path = /api, backend = app, ";
    return new Loosening(key, head + before + " } ]", head + after + " } ]", finding);
  }

  private static String exception(String allow, String expires) {
    return "{ allow = [ %s ], reason = r, owner = o, expires = %s }".formatted(allow, expires);
  }

  /** Conditions of a route that let requests fall to one that demands less. */
  private static Loosening conditions(String match) {
    String routes =
        "[ { name = app, host = a.test, backend = app },"
            + " { name = calm, host = a.test, path = /calm, backend = app, websocket = false, ";
    return new Loosening(
        "routes",
        routes + " } ]",
        routes + match + " } ]",
        "route app, which takes requests of route calm: websocket off -> on");
  }

  private static Loosening certificates(String before, String after, String finding) {
    return https("tls.certificates", "[ " + before + " ]", "[ " + after + " ]", finding);
  }

  static Stream<Loosening> loosenings() {
    String token =
        "{ chain = server.pem, pkcs11 { module = ca.pem, token = t, key = k, pin.env = PIN } }";
    String plain = "{ chain = server.pem, key = server.key }";
    String stream = "listeners.mllp.forward-to";
    String encrypted = "{ chain = server.pem, key = server.key, passphrase.env = P }";
    return Stream.of(
        new Loosening(
            stream,
            "engine",
            "{ \"a.test\" = engine, \"*\" = archive }",
            "listener mllp: forward-to opens backend archive"),
        new Loosening(
            stream,
            "{ \"*\" = engine }",
            "{ \"a.test\" = archive, \"*\" = engine }",
            "listener mllp: forward-to opens backend archive"),
        // Who gets in
        https(
            "tls.client-auth.mode",
            "required",
            "optional",
            "client-auth.mode required -> optional"),
        https("tls.client-auth.mode", "optional", "none", "client-auth.mode optional -> none"),
        clients("max-depth = 1", "max-depth = 2", "client-auth.max-depth 1 -> 2"),
        clients(
            "allow = [ \"dns:a.test\" ]",
            "allow = [ \"dns:a.test\", \"dns:b.test\" ]",
            "client-auth.allow adds dns:b.test"),
        clients("allow = [ \"dns:a.test\" ]", "", "client-auth.allow adds anybody whom trust"),
        clients("deny = ca.pem", "", "client-auth.deny is gone"),
        clients(
            "revocation.crls = [ ca.pem, server.pem ]",
            "revocation.crls = [ ca.pem ]",
            "client-auth.revocation.crls leaves out "),
        clients(
            "revocation { crls = [ ca.pem ], mode = hard }",
            "revocation { crls = [ ca.pem ], mode = soft }",
            "client-auth.revocation.mode hard -> soft"),
        clients("revocation.ocsp = hard", "revocation.ocsp = soft", "revocation.ocsp hard -> soft"),
        clients("revocation.ocsp = soft", "revocation.ocsp = off", "revocation.ocsp soft -> off"),
        clients(
            "revocation { ocsp = soft, ocsp-timeout = 2s }",
            "revocation { ocsp = soft, ocsp-timeout = 1s }",
            "client-auth.revocation.ocsp-timeout 2s -> 1s"),
        new Loosening(
            "backends.app.tls.revocation.ocsp",
            "hard",
            "soft",
            "backend app: tls.revocation.ocsp hard -> soft"),
        https("tls.stapling", "true", "false", "tls.stapling on -> off"),
        clients("refuse-with = handshake", "refuse-with = 403", "client-auth.refuse-with "),
        clients("host = server-name", "host = any", "client-auth.host server-name -> any"),
        https(
            "tls.policy",
            "approved",
            "mozilla-intermediate",
            "tls.policy approved -> mozilla-intermediate, which adds TLS_CHACHA20_POLY1305_SHA256"),
        https("tls.policy", "nist-strict", "approved", "which adds X25519MLKEM768, X25519"),
        https("tls.policy", "mozilla-modern", "mozilla-intermediate", "which adds TLSv1.2, "),
        https("tls.unknown-sni", "reject", "default", "tls.unknown-sni reject -> default"),
        https("bind", "\"127.0.0.1:1\"", "\"10.0.0.1:1\"", "bind 127.0.0.1:1 -> 10.0.0.1:1"),
        https("bind", "\"10.0.0.1:1\"", "\"0.0.0.0:1\"", "bind 10.0.0.1:1 -> 0.0.0.0:1"),
        https("bind", "\"0.0.0.0:1\"", "\"[::]:1\"", "bind 0.0.0.0:1 -> [::]:1"),
        new Loosening(
            "admin.metrics.bind",
            "\"127.0.0.1:1\"",
            "\"0.0.0.0:1\"",
            "admin.metrics: bind 127.0.0.1:1 -> 0.0.0.0:1"),
        new Loosening(
            "admin.control.bind",
            "\"unix:/run/a.sock\"",
            "\"127.0.0.1:1\"",
            "admin.control: bind unix:/run/a.sock -> 127.0.0.1:1"),
        new Loosening(
            "admin.metrics.bind = \"127.0.0.1:1\", gateway.admin.metrics.tls",
            "{ certificates = [ { chain = server.pem, key = server.key } ] }",
            "null",
            "admin.metrics: tls on -> off"),
        new Loosening(
            "admin.metrics.bind = \"127.0.0.1:1\", gateway.admin.metrics.tls",
            ADMIN_TLS + " handshake-timeout = 1s }",
            ADMIN_TLS + " handshake-timeout = 2s }",
            "admin.metrics: tls.handshake-timeout 1s -> 2s"),
        control("read = [ \"dns:a.test\" ]", "read = [ \"dns:a.test\", \"dns:b.test\" ]", "read"),
        control(
            "operate = [ \"dns:a.test\" ]",
            "operate = [ \"dns:a.test\", \"dns:b.test\" ]",
            "operate"),
        new Loosening("admin.hosts", "[]", "[ gateway.test ]", "admin: hosts adds gateway.test"),
        https(
            "trusted-proxies",
            "[ \"10.0.0.0/8\" ]",
            "[ \"10.0.0.0/8\", \"fd00::/8\" ]",
            "trusted-proxies adds fd00:"),
        https("trusted-proxies", "[ \"10.1.0.0/16\" ]", "[ \"10.0.0.0/8\" ]", "adds 10.0.0.0/8"),
        new Loosening(
            HTTPS + "trusted-proxies = [ \"10.0.0.1\" ], gateway." + HTTPS + "proxy-protocol",
            "true",
            "false",
            "proxy-protocol on -> off"),
        // Keys
        certificates(token, plain, "the key of " + folder.resolve("server.pem") + " in a token"),
        certificates(encrypted, plain, "in an encrypted file -> in a plain file"),
        new Loosening(
            "backends.app.tls.certificate",
            encrypted.replace("server", "client"),
            "{ passphrase = null }",
            "backend app: the key of "),
        new Loosening(
            "backends.app.tls.certificate",
            "null, gateway.backends.app.tls.certificate = " + token,
            "null, gateway.backends.app.tls.certificate = " + plain,
            "in a token -> in a plain file"),
        https("tls.session-tickets.source", "off", "memory", "source off -> memory"),
        https(
            "tls.session-tickets",
            "{ source = memory }",
            "{ source = derived, secrets = [ { env = T } ] }",
            "tls.session-tickets.source memory -> derived"),
        https(
            "tls.session-tickets",
            "{ source = derived, secrets = [ { env = T } ], clock-skew = 1s }",
            "{ source = derived, secrets = [ { env = T } ], clock-skew = 2s }",
            "tls.session-tickets.clock-skew 1s -> 2s"),
        https("tls.session-cache.timeout", "60s", "61s", "tls.session-cache.timeout 1m -> 61s"),
        https("tls.session-tickets.life", "1h", "2h", "tls.session-tickets.life 1h -> 2h"),
        https("tls.session-tickets.accepted", "1h", "2h", "tls.session-tickets.accepted 1h -> 2h"),
        new Loosening("keys.loose-modes", "refuse", "warn", "keys: loose-modes refuse -> warn"),
        new Loosening(
            "keys.loose-modes",
            "refuse",
            "group-may-read",
            "keys: loose-modes refuse -> group-may-read"),
        new Loosening(
            "keys.loose-modes",
            "group-may-read",
            "warn",
            "keys: loose-modes group-may-read -> warn"),
        new Loosening("keys.open-timeout", "1s", "2s", "keys: open-timeout 1s -> 2s"),
        new Loosening("keys.watch", "5s", "0s", "keys: watch 5s -> never"),
        new Loosening("keys.watch", "5s", "10s", "keys: watch 5s -> 10s"),
        // Handshakes
        https(
            "tls.client-hello.max-size", "512B", "1KiB", "tls.client-hello.max-size 512B -> 1KiB"),
        https("tls.client-hello.timeout", "1s", "2s", "tls.client-hello.timeout 1s -> 2s"),
        https("tls.handshake-timeout", "1s", "2s", "tls.handshake-timeout 1s -> 2s"),
        https("tls.handshakes.per-turn", "1", "2", "tls.handshakes.per-turn 1 -> 2"),
        https("tls.handshakes.max-waiting", "1", "2", "tls.handshakes.max-waiting 1 -> 2"),
        https("tls.handshakes.max-wait", "1s", "2s", "tls.handshakes.max-wait 1s -> 2s"),
        // Rules
        https("hsts.max-age", "2d", "1d", "hsts.max-age 2d -> 1d"),
        https("hsts.include-subdomains", "true", "false", "hsts.include-subdomains on -> off"),
        https("hsts.preload", "true", "false", "hsts.preload on -> off"),
        https("http.ambiguous-paths", "reject", "normalise", "ambiguous-paths reject -> normalise"),
        https("http.unusual-field-names", "reject", "drop", "unusual-field-names reject -> drop"),
        https("http.unusual-field-names", "drop", "pass", "unusual-field-names drop -> pass"),
        https("http.trace", "false", "true", "http.trace off -> on"),
        https("http.identity-fields.user", "drop", "trusted", "user drop -> trusted"),
        https("http.identity-fields.user", "trusted", "pass", "user trusted -> pass"),
        https("http.identity-fields.more", "[ X-A, X-B ]", "[ X-A ]", "more leaves out x-b"),
        https("http.identity-fields.keep", "[]", "[ Proxy ]", "identity-fields.keep adds proxy"),
        https("http2.max-concurrent-streams", "1", "2", "http2.max-concurrent-streams 1 -> 2"),
        https("http2.initial-window", "64KiB", "128KiB", "http2.initial-window 64KiB -> 128KiB"),
        https("http2.floods.window", "2s", "1s", "http2.floods.window 2s -> 1s"),
        https("http2.floods.resets", "1", "2", "http2.floods.resets 1 -> 2"),
        https("http2.ping.interval", "10s", "20s", "http2.ping.interval 10s -> 20s"),
        https("http2.ping.interval", "10s", "0s", "http2.ping.interval 10s -> never"),
        https("http2.ping.timeout", "1s", "2s", "http2.ping.timeout 1s -> 2s"),
        https("http2.floods.control-frames", "1", "2", "http2.floods.control-frames 1 -> 2"),
        https("http2.floods.empty-frames", "1", "2", "http2.floods.empty-frames 1 -> 2"),
        // Limits
        https("limits.max-request-line", "1KiB", "2KiB", "limits.max-request-line 1KiB -> 2KiB"),
        https("limits.max-header", "1KiB", "2KiB", "limits.max-header 1KiB -> 2KiB"),
        https("limits.max-fields", "16", "17", "limits.max-fields 16 -> 17"),
        https("limits.max-trailer", "1KiB", "2KiB", "limits.max-trailer 1KiB -> 2KiB"),
        https("limits.max-chunk-extension", "1B", "2B", "limits.max-chunk-extension 1B -> 2B"),
        https("limits.header-timeout", "1s", "1500ms", "limits.header-timeout 1s -> 1500ms"),
        https("limits.body-idle-timeout", "1s", "2s", "limits.body-idle-timeout 1s -> 2s"),
        https("limits.half-closed-timeout", "1s", "2s", "limits.half-closed-timeout 1s -> 2s"),
        https("limits.half-closed-timeout", "0s", "1s", "limits.half-closed-timeout 0s -> 1s"),
        https("limits.keep-alive-timeout", "1s", "2s", "limits.keep-alive-timeout 1s -> 2s"),
        https("limits.min-request-rate", "2B", "1B", "limits.min-request-rate 2B -> 1B"),
        https("limits.min-request-rate", "2B", "0B", "limits.min-request-rate 2B -> none"),
        https("limits.min-response-rate", "2B", "1B", "limits.min-response-rate 2B -> 1B"),
        https("limits.rate-window", "1s", "2s", "limits.rate-window 1s -> 2s"),
        https("limits.new-connections.per-second", "1", "2", "new-connections.per-second 1 -> 2"),
        https("limits.new-connections.per-second", "1", "0", "per-second 1 -> no limit"),
        https("limits.new-connections.burst", "1", "2", "limits.new-connections.burst 1 -> 2"),
        https("limits.per-source.max-connections", "1", "2", "per-source.max-connections 1 -> 2"),
        https(
            "limits.per-source.new-connections.per-second",
            "1",
            "0",
            "limits.per-source.new-connections.per-second 1 -> no limit"),
        new Loosening(
            "listeners.http",
            REDIRECT + "limits.max-header = 1KiB }",
            REDIRECT + "limits.max-header = 2KiB }",
            "listener http: limits.max-header 1KiB -> 2KiB"),
        new Loosening(
            "access-log.enabled",
            "true, gateway.listeners.http = " + REDIRECT + " }",
            "true",
            "listener http: is gone, which sent plain HTTP to https"),
        // Routes
        access("client-auth = required", "", "route app: client-auth required -> inherit"),
        access("client-allow = [ \"dns:a.test\" ]", "", "route app: client-allow adds anybody"),
        route("websocket = false", "websocket = true", "route app: websocket off -> on"),
        route(
            "",
            "backend-folds = [ parameters, empty-segments, trailing-dots, loose-decoding ]",
            "route app: backend-folds leaves out case"),
        route("", "ambiguous-paths = pass", "route app: ambiguous-paths reject -> pass"),
        route(
            "ambiguous-paths = normalise",
            "ambiguous-paths = pass",
            "route app: ambiguous-paths normalise -> pass"),
        route(
            "",
            "rewrite { pattern = \"/api/(.*)\", to = \"/admin/$1\" }",
            "route app: opens /admin/ of backend app, of which /api was open"),
        route("", "rewrite.location = off", "route app: rewrite.location scheme -> off"),
        route(
            "rewrite.location = all",
            "rewrite.location = scheme",
            "route app: rewrite.location all -> scheme"),
        route("tunnel-timeout = 1s", "tunnel-timeout = 2s", "route app: tunnel-timeout 1s -> 2s"),
        route("min-request-rate = 2B", "min-request-rate = 1B", "min-request-rate 2B -> 1B"),
        route("", "min-request-rate = 0B", "route app: min-request-rate 240B -> none"),
        route(
            "security-headers.preset = helmet",
            "security-headers { preset = helmet, set { x-frame-options = \"\" } }",
            "route app: security-headers: x-frame-options is no longer set"),
        new Loosening(
            "routes",
            "[ { name = app, host = a.test, path = /api, respond.status = 404 } ]",
            "[ { name = app, host = a.test, path = /api, backend = app } ]",
            "route app: forwards to backend app what the gateway answered before"),
        mirror("", "backend = next", "route app: mirror.backend: copies of requests go to"),
        mirror(
            "backend = next, share = 10%",
            "backend = next, share = 11%", "route app: mirror.share 10% -> 11%"),
        route(
            "request-headers.set.X-Realm = clinic",
            "",
            "route app: request-headers.set: x-realm is no longer set"),
        route(
            "request-headers.remove = [ X-Debug ]",
            "",
            "route app: request-headers.remove: x-debug is no longer removed"),
        route(
            "response-headers.remove = [ Server ]",
            "",
            "route app: response-headers.remove: server is no longer removed"),
        route(
            "",
            "response-headers.remove = [ X-Frame-Options ]",
            "route app: response-headers: x-frame-options of the backend is replaced"),
        route(
            "allow-from = [ \"10.0.0.0/8\" ]",
            "allow-from = [ \"10.0.0.0/8\", \"192.0.2.0/24\" ]",
            "route app: allow-from: also 192.0.2.0/24"),
        route("allow-from = [ \"10.0.0.0/8\" ]", "", "route app: allow-from: also every address"),
        route("rate.per-second = 5", "", "route app: rate.per-second 5 -> "),
        conditions("match.methods = [ GET ]"),
        conditions("match.headers.X-A = a"),
        conditions("match.query.a = b"),
        route(
            "deny-from = [ \"10.0.0.0/8\" ]",
            "deny-from = [ \"10.1.0.0/16\" ]",
            "route app: deny-from: no longer 10.0.0.0/8"),
        route(
            "rewrite.prefix = /v1",
            "rewrite.prefix = /",
            "route app: opens / of backend app, of which /v1 was open"),
        new Loosening(
            "routes",
            "[ { name = app, path = /api, host = a.test, backend = app } ]",
            "[ { name = app, path = /, host = a.test, backend = app } ]",
            "route app: opens / of backend app, of which /api was open"),
        new Loosening(
            "routes",
            "[ { name = app, host = a.test, backend = app } ]",
            "[ { name = app, host = \"*.test\", backend = app } ]",
            "route app: serves hosts that were not served: *.test"),
        new Loosening(
            "routes",
            "[ { name = app, host = \"*.test\", backend = app } ]",
            "[ { name = app, host = \"*.test\", backend = app }, { name = all, backend = app } ]",
            "route all: serves hosts that were not served: *"),
        // Backends
        new Loosening(
            "backends.app.tls.policy",
            "approved",
            "mozilla-intermediate",
            "backend app: tls.policy approved -> mozilla-intermediate"),
        new Loosening(
            "backends.app.tls.verify-san",
            "[ \"dns:a.test\" ]",
            "[ \"dns:a.test\", \"uri:spiffe://a/b\" ]",
            "backend app: tls.verify-san adds uri:spiffe://a/b"),
        new Loosening(
            "backends.app.tls.pins",
            "[ \"" + PIN + "\" ]",
            "null",
            "backend app: tls.pins adds any key"),
        new Loosening(
            "backends.app.tls.pins = [ \"" + PIN + "\" ], gateway.backends.app.tls.exception",
            "null",
            exception("cbc", "2027-01-01"),
            "backend app: tls.exception allows cbc until 2027-01-01"),
        new Loosening(
            "backends.app.tls.pins = [ \"" + PIN + "\" ], gateway.backends.app.tls.exception",
            exception("cbc", "2027-01-01"),
            exception("cbc, sha1", "2027-01-01"),
            "backend app: tls.exception.allow adds sha1"),
        new Loosening(
            "backends.app.tls.pins = [ \"" + PIN + "\" ], gateway.backends.app.tls.exception",
            exception("cbc", "2027-01-01"),
            exception("cbc", "2027-01-02"),
            "backend app: tls.exception.expires 2027-01-01 -> 2027-01-02"),
        new Loosening(
            "backends.app.tls.when-not-asked",
            "refuse",
            "warn",
            "backend app: tls.when-not-asked refuse -> warn"),
        local(
            "tls { trust = ca.pem, certificate { chain = client.pem, key = client.key } }",
            "plain = local",
            "backend local: security tls -> plain = local"),
        new Loosening(
            "backends.app.limits.max-fields",
            "16",
            "17",
            "backend app: limits.max-fields 16 -> 17"),
        new Loosening("backends.app.pool.share", "false", "true", "app: pool.share false -> true"),
        new Loosening("backends.app.proxy-protocol", "v1", "off", "app: proxy-protocol v1 -> off"),
        new Loosening("backends.app.lenient", "[]", "[ bare-lf ]", "app: lenient adds bare-lf"),
        // Logs
        new Loosening("access-log.enabled", "true", "false", "access-log: enabled on -> off"),
        new Loosening(
            "access-log.client-subject", "false", "true", "access-log: client-subject off -> on"),
        new Loosening("access-log.query", "false", "true", "access-log: query off -> on"),
        new Loosening(
            "access-log.unwritable",
            "not-ready",
            "continue",
            "access-log: unwritable not-ready -> continue"),
        new Loosening(
            "audit-log.unwritable",
            "stop-serving",
            "not-ready",
            "audit-log: unwritable stop-serving -> not-ready"));
  }

  private static Loosening local(String before, String after, String finding) {
    String backend = "{ protocol = http1, endpoints = [ \"%s\" ], %s }";
    return new Loosening(
        "backends.local",
        backend.formatted(before.startsWith("tls") ? "127.0.0.1:80" : "unix:/a.sock", before),
        backend.formatted(before.startsWith("tls") ? "127.0.0.1:80" : "unix:/a.sock", after),
        finding);
  }

  private static Loosening control(String before, String after, String role) {
    return new Loosening(
        "admin.control { bind = \"127.0.0.1:1\", tls = %s client-auth { mode = required, trust = ca.pem } } }, gateway.admin.control.roles"
            .formatted(ADMIN_TLS),
        "{ " + before + " }",
        "{ " + after + " }",
        "admin.control: roles." + role + " adds dns:b.test");
  }

  /** Changes of one setting that are findings both ways: nobody can tell which is the looser. */
  static Stream<Loosening> others() {
    return Stream.of(
        route(
            "rate { per-second = 5, key = client }",
            "rate { per-second = 5, key = all }",
            "route app: rate.key client -> all"),
        route(
            "rate { per-second = 5, key = header, header = X-A }",
            "rate { per-second = 5, key = header, header = X-B }",
            "route app: rate.key header x-a -> header x-b"),
        route(
            "request-headers.set.X-Realm = clinic",
            "request-headers.set.X-Realm = lab",
            "route app: request-headers.set: x-realm has another value"),
        new Loosening(
            "backends.app.tls.server-name",
            "a.internal",
            "b.internal",
            "backend app: tls.server-name a.internal -> b.internal"),
        new Loosening(
            "backends.app.tls.verify-san",
            "null",
            "[ \"dns:a.test\" ]",
            "backend app: tls.verify-san legacy.internal -> [dns:a.test]"),
        local(
            "plain = local, peer-user = 1",
            "plain = local, peer-user = 2",
            "backend local: peer-user 1 -> 2"),
        local(
            "plain = local",
            "plain = local, peer-user = 0",
            "backend local: peer-user the user of the gateway, or root -> 0"),
        clients(
            "revocation.crls = [ ca.pem ]",
            "revocation.crls = [ server.pem ]",
            "client-auth.revocation.crls leaves out "),
        clients("deny = ca.pem", "deny = server.pem", "client-auth.deny is another file"),
        new Loosening(
            "listeners.mllp.forward-to", "engine", "archive", "forward-to opens backend archive"),
        route(
            "security-headers.set.x-frame-options = DENY",
            "security-headers.set.x-frame-options = SAMEORIGIN",
            "route app: security-headers: x-frame-options has another value"));
  }

  @BeforeAll
  static void files() throws IOException {
    for (String name : List.of("server.pem", "server.key", "client.pem", "client.key", "ca.pem")) {
      Files.createFile(folder.resolve(name));
    }
  }

  private static GatewayConfig parse(String hocon) {
    try {
      return GatewayConfig.parse(hocon, folder);
    } catch (InvalidConfiguration e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  @ParameterizedTest
  @MethodSource("loosenings")
  void aLooseningIsNamedAndTheWayBackIsNone(Loosening change) {
    GatewayConfig before = change.config(change.before());
    GatewayConfig after = change.config(change.after());
    assertThat(Weakening.of(before, after)).singleElement().asString().contains(change.finding());
    assertThat(Weakening.of(after, before)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("others")
  void whatMayBeALooseningIsNamedBothWays(Loosening change) {
    GatewayConfig before = change.config(change.before());
    GatewayConfig after = change.config(change.after());
    assertThat(Weakening.of(before, after)).singleElement().asString().contains(change.finding());
    assertThat(Weakening.of(after, before)).hasSize(1);
  }

  /** Limits whose change alone decides, of one listener, one backend and all. */
  static Stream<DeclaredSetting> declared() {
    return DeclaredSetting.all().stream()
        .filter(each -> !each.apart() && each.limit().looser() != Looser.ELSEWHERE)
        .filter(each -> !each.root().endsWith(".acme") && !each.root().endsWith(".route"))
        .filter(each -> !each.root().endsWith(".endpoint"));
  }

  @ParameterizedTest
  @MethodSource("declared")
  void aDeclaredLimitIsJudgedByItsDirection(DeclaredSetting setting) {
    String key =
        setting
                .root()
                .replace("gateway-defaults.listener", "gateway.listeners.https")
                .replace("gateway-defaults.stream", "gateway.listeners.mllp")
                .replace("gateway-defaults.pass-through", "gateway.listeners.passing")
                .replace("gateway-defaults.backend", "gateway.backends.app")
            + "."
            + setting.key();
    GatewayConfig less = parse(BASE + key + " = " + setting.more(1) + "\n");
    GatewayConfig more = parse(BASE + key + " = " + setting.more(2) + "\n");
    List<String> raised = Weakening.of(less, more);
    List<String> lowered = Weakening.of(more, less);
    String named = setting.key().substring(setting.key().lastIndexOf('.') + 1) + " ";
    switch (setting.limit().looser()) {
      case RAISED, RAISED_OR_ZERO -> {
        assertThat(raised).singleElement().asString().contains(named);
        assertThat(lowered).isEmpty();
      }
      case LOWERED -> {
        assertThat(raised).isEmpty();
        assertThat(lowered).singleElement().asString().contains(named);
      }
      case NEVER, ELSEWHERE -> {
        assertThat(raised).isEmpty();
        assertThat(lowered).isEmpty();
      }
    }
  }

  @Test
  void aBurstIsNoLimitWhereNoRateIsSet() {
    String rates =
        "gateway.%slimits.new-connections { per-second = 0, burst = %%d }%%n".formatted(HTTPS);
    GatewayConfig less = parse(BASE + rates.formatted(1));
    assertThat(Weakening.of(less, parse(BASE + rates.formatted(2)))).isEmpty();
  }

  /** A new setting needs a rule for what of it is looser, or the reason why nothing is. */
  @Test
  void thereIsAnOpinionOnEverySetting() {
    Set<String> judged = new TreeSet<>();
    Stream.concat(loosenings(), others())
        .forEach(
            change -> {
              Set<String> differing =
                  Components.differing(
                      change.config(change.before()), change.config(change.after()));
              if (differing.size() == 1) {
                judged.addAll(differing);
              }
            });
    judged.addAll(Components.declared());
    List<String> both = new ArrayList<>(NOT_ABOUT_SECURITY);
    both.retainAll(judged);
    assertThat(both).as("said to be about security and not to be").isEmpty();
    Set<String> opinions = new TreeSet<>(NOT_ABOUT_SECURITY);
    opinions.addAll(judged);
    Set<String> missing = Components.all();
    missing.removeAll(opinions);
    assertThat(missing).as("settings that nobody has judged").isEmpty();
    opinions.removeAll(Components.all());
    assertThat(opinions).as("settings that there are not").isEmpty();
  }

  @Test
  void commentsAndOtherWordsForTheSameAreNoChange() {
    GatewayConfig before = parse(BASE);
    GatewayConfig after = parse("# a comment\n\n" + BASE.replace("bind = ", "bind =\n  "));
    assertThat(Settings.same(after, before)).isTrue();
    assertThat(Components.differing(before, after)).isEmpty();
  }

  @Test
  void aNewListenerIsMeasuredByThoseThereAre() {
    String required = BASE + "gateway." + HTTPS + "tls.client-auth.mode = required\n";
    String second =
        "gateway.listeners.second = ${gateway.listeners.https} { bind = \"127.0.0.1:1\" }\n";
    assertThat(Weakening.of(parse(required), parse(required + second))).isEmpty();
    assertThat(
            Weakening.of(
                parse(required),
                parse(required + second + "gateway.listeners.second.tls.client-auth.mode = none")))
        .containsExactly(
            "listener second: new, and looser than https: client-auth.mode required -> none");
    // There was such a door already.
    assertThat(
            Weakening.of(
                parse(BASE),
                parse(BASE + second + "gateway.listeners.second.tls.client-auth.mode = optional")))
        .isEmpty();
  }

  @Test
  void aListenerThatIsRenamedIsComparedWithWhatItWas() {
    String renamed =
        BASE.replace("https {", "front {").replace("redirect-to = https", "redirect-to = front");
    assertThat(Weakening.of(parse(BASE), parse(renamed))).isEmpty();
    assertThat(
            Weakening.of(
                parse(BASE + "gateway." + HTTPS + "tls.client-auth.mode = required"),
                parse(renamed)))
        .containsExactly("listener front: client-auth.mode required -> none");
  }

  @Test
  void aRedirectUnderAnotherNameAtTheSameAddressIsNotGone() {
    String redirects = BASE + "gateway.listeners.http = " + REDIRECT + " }\n";
    String renamed = BASE + "gateway.listeners.plain = " + REDIRECT + " }\n";
    assertThat(Weakening.of(parse(redirects), parse(renamed))).isEmpty();
  }

  @Test
  void aPlainListenerIsAnOpeningAndIsComparedWithItself() {
    String local = BASE + "gateway.listeners.out { bind = \"127.0.0.1:81\", plain = local }\n";
    assertThat(Weakening.of(parse(BASE), parse(local)))
        .containsExactly("listener out: new, and takes plain HTTP of this machine");
    assertThat(Weakening.of(parse(local), parse(BASE))).isEmpty();
    String looser = "gateway.listeners.out.http.trace = true\n";
    assertThat(Weakening.of(parse(local), parse(local + looser)))
        .singleElement()
        .asString()
        .startsWith("listener out: http.trace");
    assertThat(Weakening.of(parse(local + looser), parse(local))).isEmpty();
  }

  @Test
  void aListenerOfPlainStreamsIsAnOpeningAndIsComparedWithItself() {
    String local =
        BASE
            + "gateway.listeners.out { bind = \"127.0.0.1:81\", plain = local, forward-to = engine }\n";
    assertThat(Weakening.of(parse(BASE), parse(local)))
        .containsExactly("listener out: new, and takes plain TCP of this machine");
    assertThat(Weakening.of(parse(local), parse(BASE))).isEmpty();
    String longer = "gateway.listeners.out.timeouts.idle = 2h\n";
    assertThat(Weakening.of(parse(local), parse(local + longer)))
        .containsExactly("listener out: timeouts.idle 1h -> 2h");
    assertThat(Weakening.of(parse(local + longer), parse(local))).isEmpty();
    String more =
        "gateway.backends.more = ${gateway.backends.engine}\n"
            + "gateway.listeners.out.forward-to = more\n";
    assertThat(Weakening.of(parse(local), parse(local + more)))
        .containsExactly("listener out: forward-to opens backend more");
    // What was under TLS.
    String plain =
        BASE
            + "gateway.listeners.mllp = null\n"
            + "gateway.listeners.mllp { bind = \"127.0.0.1:2575\", plain = local, forward-to = engine }\n";
    assertThat(Weakening.of(parse(BASE), parse(plain)))
        .contains("listener mllp: new, and takes plain TCP of this machine");
  }

  @Test
  void aListenerThatBecomesOneThatPassesTlsIsAnOpening() {
    String passing =
        BASE
            + "gateway.listeners.mllp = null\n"
            + "gateway.listeners.mllp { bind = \"127.0.0.1:2575\", pass-through { \"c.test\" = passed } }\n";
    assertThat(Weakening.of(parse(BASE), parse(passing)))
        .containsExactly("listener mllp: new, and passes TLS that is not opened here");
    String more =
        BASE
            + "gateway.backends.more.endpoints = [ \"127.0.0.1:9447\" ]\n"
            + "gateway.listeners.passing.pass-through { \"d.test\" = more }\n";
    assertThat(Weakening.of(parse(BASE), parse(more)))
        .containsExactly("listener passing: pass-through opens backend more");
    assertThat(Weakening.of(parse(more), parse(BASE))).isEmpty();
  }

  @Test
  void aBackendThatLosesItsTlsToWhatPassesIsLooser() {
    String under = BASE + "gateway.backends.x = ${gateway.backends.engine}\n";
    String passes =
        BASE
            + "gateway.backends.x { endpoints = [ \"127.0.0.1:9444\" ], protocol = pass-through }\n";
    String plain =
        BASE + "gateway.backends.x { endpoints = [ \"127.0.0.1:9444\" ], plain = local }\n";
    assertThat(Weakening.of(parse(under), parse(passes)))
        .containsExactly("backend x: security tls -> pass-through");
    assertThat(Weakening.of(parse(passes), parse(under))).isEmpty();
    assertThat(Weakening.of(parse(plain), parse(passes)))
        .containsExactly("backend x: security plain = local -> pass-through");
    assertThat(Weakening.of(parse(passes), parse(plain)))
        .containsExactly("backend x: security pass-through -> plain = local");
  }

  @Test
  void theFirstListenerThatForwardsIsAnOpening() {
    GatewayConfig base = parse(BASE);
    GatewayConfig closed =
        new GatewayConfig(
            base.runtime(),
            Map.of(),
            base.routes(),
            base.errorPages(),
            base.backends(),
            base.dns(),
            base.keys(),
            base.acme(),
            base.admin(),
            base.readiness(),
            base.accessLog(),
            base.auditLog(),
            base.lameDuck(),
            base.drainTimeout(),
            base.handOver(),
            base.source(),
            base.sha256());
    assertThat(Weakening.of(closed, base))
        .containsExactly(
            "listener https: new, and none forwarded before",
            "listener mllp: new, and none forwarded streams before",
            "listener passing: new, and passes TLS that is not opened here");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "listeners.https.limits.max-connections = 20000",
        "listeners.https.limits.max-body = 1GiB",
        "listeners.https.limits.max-requests-per-connection = 20000",
        "listeners.https.tls.session-cache.size = 20000",
        "routes = [ { name = app, host = a.test, path = /api, backend = app, max-body = 2GiB } ]",
        "backends.app.pool.max-connections = 2000",
        "backends.app { balance = hash, hash.source = true }",
        "backends.app.endpoints = [ { address = \"127.0.0.1:9443\", weight = 9 } ]",
        "backends.app.connect-timeout = 1m",
        "drain-timeout = 10m"
      })
  void moreOfTheSameWorkIsNoLoosening(String capacity) {
    GatewayConfig after = parse(BASE + "gateway." + capacity + "\n");
    assertThat(Settings.same(after, parse(BASE))).isFalse();
    assertThat(Weakening.of(parse(BASE), after)).isEmpty();
  }

  /** An endpoint is the same one with another weight, and under another name of its backend. */
  @Test
  void aWeightDoesNotHideWhatIsOpenedOfAnEndpoint() {
    String renamed =
        """
        gateway.backends.same = ${gateway.backends.app}
        gateway.backends.same.endpoints = [ { address = "127.0.0.1:9443", weight = 9 } ]
        gateway.routes = [ { name = app, host = a.test, path = /, backend = same } ]
        """;
    assertThat(Weakening.of(parse(BASE), parse(BASE + renamed)))
        .containsExactly("route app: opens / of backend same, of which /api was open");
  }

  /** What is in the file is not compared: it may be other at any time. */
  @Test
  void aFileOfEndpointsIsOneBackendUnderEachName() {
    String file = "gateway.backends.app.endpoints-file = ca.pem%n".formatted();
    String renamed =
        """
        gateway.backends.same = ${gateway.backends.app}
        gateway.backends.same.endpoints = null
        gateway.routes = [ { name = app, host = a.test, path = /, backend = same } ]
        """;
    assertThat(Weakening.of(parse(BASE + file), parse(BASE + file + renamed)))
        .containsExactly("route app: opens / of backend same, of which /api was open");
    assertThat(Weakening.of(parse(BASE), parse(BASE + file))).isEmpty();
  }

  // ---- routes that take what others took

  private static GatewayConfig withRoutes(String... routes) {
    return parse(
        BASE
            + "gateway.%stls.client-auth.mode = required%ngateway.routes = [%s]%n"
                .formatted(HTTPS, String.join(", ", routes)));
  }

  private static String at(String name, String host, String path, String more) {
    return "{ name = %s, host = \"%s\", path = %s, backend = app, %s }"
        .formatted(name, host, path, more);
  }

  private static final String GUARDED = "client-auth = required, client-allow = [ \"dns:a.test\" ]";

  @Test
  void whatAGuardedRouteTookWhenItIsGoneIsComparedWithWhatTakesItNow() {
    String all = at("all", "*", "/", "");
    String[] findings = {
      "route all, which takes requests of route guarded: client-auth required -> inherit",
      "route all, which takes requests of route guarded: client-allow adds anybody"
    };
    for (String guarded :
        List.of(
            at("guarded", "*", "/admin", GUARDED),
            at("guarded", "a.test", "/", GUARDED),
            at("guarded", "*.test", "/admin", GUARDED))) {
      assertThat(Weakening.of(withRoutes(all, guarded), withRoutes(all))).containsExactly(findings);
      assertThat(Weakening.of(withRoutes(all), withRoutes(all, guarded))).isEmpty();
    }
  }

  @Test
  void aGuardedRouteThatIsRenamedAndGuardsLessIsFound() {
    assertThat(
            Weakening.of(
                withRoutes(at("all", "*", "/", ""), at("guarded", "*", "/admin", GUARDED)),
                withRoutes(
                    at("all", "*", "/", ""), at("other", "*", "/admin", "client-auth = required"))))
        .containsExactly(
            "route other, which takes requests of route guarded: client-allow adds anybody");
    // Another path: what was guarded is taken by the route around it.
    assertThat(
            Weakening.of(
                withRoutes(at("all", "*", "/", ""), at("guarded", "*", "/admin", GUARDED)),
                withRoutes(at("all", "*", "/", ""), at("guarded", "*", "/manage", GUARDED))))
        .hasSize(2)
        .allMatch(line -> line.startsWith("route all, which takes requests of route guarded: "));
  }

  @Test
  void aNewRouteOfANarrowerHostThatTakesWhatWasGuardedIsFound() {
    String all = at("all", "*", "/", "");
    String guarded = at("guarded", "*", "/admin", GUARDED);
    assertThat(
            Weakening.of(
                withRoutes(all, guarded), withRoutes(all, guarded, at("host", "a.test", "/", ""))))
        .hasSize(2)
        .allMatch(line -> line.startsWith("route host, which takes requests of route guarded: "));
    // One in between keeps it guarded.
    assertThat(
            Weakening.of(
                withRoutes(all, guarded),
                withRoutes(
                    all,
                    guarded,
                    at("host", "a.test", "/", ""),
                    at("host-admin", "a.test", "/admin", GUARDED))))
        .isEmpty();
  }

  @Test
  void whatTheRouteThatIsGoneHeldClientsToIsComparedToo() {
    String all = at("all", "*", "/", "websocket = true, tunnel-timeout = 2h");
    String strict =
        at(
            "strict",
            "*",
            "/strict",
            "websocket = false, tunnel-timeout = 1h, min-request-rate = 1KiB,"
                + " security-headers.set.x-frame-options = DENY");
    assertThat(Weakening.of(withRoutes(all, strict), withRoutes(all)))
        .map(line -> line.replace("route all, which takes requests of route strict: ", ""))
        .containsExactlyInAnyOrder(
            "min-request-rate 1KiB -> 240B",
            "security-headers: x-frame-options is no longer set",
            "websocket off -> on",
            "tunnel-timeout 1h -> 2h");
  }

  @Test
  void whatNoRouteTakesAnyMoreIsNoLoosening() {
    assertThat(
            Weakening.of(
                withRoutes(at("a", "a.test", "/", GUARDED), at("b", "b.test", "/", "")),
                withRoutes(at("b", "b.test", "/", ""))))
        .isEmpty();
  }

  // ---- backends under other names

  private static final String LEGACY =
      """
      gateway.backends.legacy = ${gateway.backends.app} {
        tls {
          policy = nist-strict, pins = [ "%s" ], when-not-asked = refuse
          revocation { crls = [ ca.pem ], mode = hard }
        }
      }
      """
          .formatted(PIN);

  private static final String LEGACY2 =
      """
      gateway.backends.legacy2 = ${gateway.backends.app} { tls.when-not-asked = warn }
      """;

  @Test
  void aBackendThatIsRenamedIsComparedWithTheOneWhoseRequestsItTakes() {
    String head = "gateway.routes = [ { name = app, path = /, backend = ";
    GatewayConfig before = parse(BASE + LEGACY + head + "legacy } ]\n");
    GatewayConfig after = parse(BASE + LEGACY2 + head + "legacy2 } ]\n");
    String subject = "backend legacy2, which takes requests of backend legacy: ";
    assertThat(Weakening.of(before, after))
        .hasSize(4)
        .allMatch(line -> line.startsWith(subject))
        .anyMatch(line -> line.contains("tls.policy nist-strict -> approved"))
        .anyMatch(line -> line.contains("tls.revocation.crls leaves out "))
        .anyMatch(line -> line.contains("tls.pins adds any key"))
        .anyMatch(line -> line.contains("tls.when-not-asked refuse -> warn"));
    assertThat(Weakening.of(after, before)).isEmpty();
  }

  @Test
  void aBackendUnderAnotherNameIsOpenedNoFurther() {
    GatewayConfig before = parse(BASE);
    GatewayConfig after =
        parse(
            BASE
                + LEGACY2
                + "gateway.routes = [ { name = app, host = a.test, path = /, backend = legacy2 } ]\n");
    assertThat(Weakening.of(before, after))
        .contains("route app: opens / of backend legacy2, of which /api was open");
  }

  @Test
  void aNewServiceIsNoLoosening() {
    GatewayConfig after =
        parse(
            BASE
                + """
                gateway.routes += { host = b.test, backend = other, max-body = 2GiB }
                gateway.backends.other = ${gateway.backends.app} { endpoints = [ "127.0.0.1:1" ] }
                """);
    assertThat(Weakening.of(parse(BASE), after)).isEmpty();
  }

  @Test
  void whatCannotBeAppliedWhileTheGatewayRunsIsNamed() {
    GatewayConfig after =
        parse(
            BASE
                + """
                gateway.runtime { transport = nio, workers = 77, max-buffer-memory = 16MiB }
                gateway.audit-log.lines-per-second = 7
                gateway.keys.signers.threads = 7
                gateway.admin.bind = "127.0.0.1:1"
                gateway.acme.lab {
                  directory = "https://acme.test/directory", store = acme, terms-agreed = true
                  passphrase.env = ACME
                }
                gateway.listeners.https.tls.certificates += { acme = lab, names = [ lab.test ] }
                """);
    assertThat(Restart.neededFor(parse(BASE), after))
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("runtime.transport auto -> nio needs a restart"),
            line -> assertThat(line).startsWith("runtime.workers ").contains(" -> 77 needs"),
            line -> assertThat(line).startsWith("runtime.max-buffer-memory 0 -> 16MiB"),
            line -> assertThat(line).startsWith("audit-log.lines-per-second 20 -> 7 needs"),
            line -> assertThat(line).isEqualTo("keys.signers.threads 4 -> 7 needs a restart"),
            line -> assertThat(line).startsWith("admin.bind 127.0.0.1:9901 -> 127.0.0.1:1 needs"),
            line -> assertThat(line).isEqualTo("acme.lab is new, which needs a restart"),
            line ->
                assertThat(line)
                    .startsWith("listeners.https.tls.certificates[1]")
                    .endsWith(": a new certificate of acme.lab for lab.test needs a restart"));
    assertThat(Restart.neededFor(parse(BASE), parse(BASE))).isEmpty();
    assertThat(Restart.neededFor(after, parse(BASE)))
        .contains("acme.lab is removed, which needs a restart")
        .anyMatch(
            line ->
                line.endsWith("a removed certificate of acme.lab for lab.test needs a restart"));
  }

  /** A setting that a reload can neither apply nor name would be ignored. */
  @Test
  void everySettingOfTheProcessAndOfSignersIsNamed() {
    GatewayConfig after =
        parse(
            BASE
                + """
                gateway.runtime {
                  transport = nio, workers = 77, max-buffer-memory = 16MiB, tcp-user-timeout = 7s
                }
                gateway.keys.signers { threads = 7, max-waiting = 77, timeout = 7s }
                """);
    List<String> lines = Restart.neededFor(parse(BASE), after);
    assertThat(lines.stream().filter(line -> line.startsWith("runtime.")))
        .hasSameSizeAs(RuntimeConfig.class.getRecordComponents());
    assertThat(lines.stream().filter(line -> line.startsWith("keys.signers.")))
        .hasSameSizeAs(SignersConfig.class.getRecordComponents());
  }

  @Test
  void theSocketOfTheHandOverCannotChangeWhileTheGatewayRuns() {
    GatewayConfig after = parse(BASE + "gateway.hand-over.socket = /run/sallyport/a.sock\n");
    assertThat(Restart.neededFor(parse(BASE), after))
        .containsExactly("hand-over.socket none -> /run/sallyport/a.sock needs a restart");
  }
}
