package sallyport;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.domain.properties.HasOwner;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.setting.Settings;
import sallyport.proxy.head.ResponseHead;

/** The structure of the code: who may import whom, held by the build. */
class ArchitectureTest {
  private static final String PACKAGE = "package-info.java";

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .importUrl(GatewayConfig.class.getProtectionDomain().getCodeSource().getLocation());

  /**
   * Each room and the only other rooms it may import, in the order of the data from the last to the
   * first. A room without an entry of its own belongs to the one above it.
   */
  private static final Map<String, Set<String>> MAY_IMPORT =
      Map.ofEntries(
          entry("observe", Set.of()),
          entry("values", Set.of()),
          entry("net", Set.of("observe", "values")),
          entry("http", Set.of("net")),
          entry("http.request", Set.of("http", "net", "values")),
          entry("logging.json", Set.of()),
          entry("observe.metrics", Set.of()),
          entry("admin.access", Set.of("config.admin", "net")),
          entry(
              "admin",
              Set.of(
                  "admin.access",
                  "config.admin",
                  "http",
                  "http.request",
                  "logging.json",
                  "net",
                  "observe.audit",
                  "observe.metrics",
                  "tls.hello",
                  "tls.server")),
          entry("http.forwarded", Set.of("http", "http.request", "net", "values")),
          entry("logging", Set.of("logging.json")),
          entry("observe.access", Set.of("logging", "logging.json", "observe", "values")),
          entry("observe.audit", Set.of("logging", "logging.json", "values")),
          entry(
              "answer",
              Set.of(
                  "config.route",
                  "http",
                  "http.forwarded",
                  "http.request",
                  "net",
                  "observe.access",
                  "observe.audit",
                  "observe.metrics",
                  "values")),
          entry("config.problem", Set.of()),
          entry("logging.setup", Set.of("logging")),
          entry("cli.command", Set.of("config.problem", "logging.setup")),
          entry("cli.signal", Set.of()),
          entry("config.setting", Set.of("config.problem")),
          entry("config.read", Set.of("config.problem", "config.setting", "values")),
          entry("config.address", Set.of("config.read")),
          entry("config.certificate", Set.of("config.problem", "config.read", "config.setting")),
          entry(
              "config.health", Set.of("config.address", "config.read", "config.setting", "values")),
          entry("config.http", Set.of("config.setting")),
          entry(
              "config.tls",
              Set.of(
                  "config.address",
                  "config.certificate",
                  "config.problem",
                  "config.read",
                  "config.setting")),
          entry(
              "config.backend.sticky",
              Set.of(
                  "config.certificate",
                  "config.problem",
                  "config.read",
                  "config.setting",
                  "values")),
          entry(
              "config.backend",
              Set.of(
                  "config.address",
                  "config.backend.sticky",
                  "config.certificate",
                  "config.health",
                  "config.http",
                  "config.problem",
                  "config.read",
                  "config.setting",
                  "config.tls",
                  "values")),
          entry("config.dns", Set.of("config.address", "config.read", "config.setting", "values")),
          entry("config.files", Set.of("config.problem", "config.read")),
          entry("config.handover", Set.of("config.problem", "config.read")),
          entry("config.stream", Set.of("config.read", "config.setting")),
          entry(
              "config.listener",
              Set.of(
                  "config.address",
                  "config.certificate",
                  "config.http",
                  "config.problem",
                  "config.read",
                  "config.setting",
                  "config.stream",
                  "config.tls",
                  "values")),
          entry(
              "config.route",
              Set.of(
                  "config.address",
                  "config.http",
                  "config.listener",
                  "config.problem",
                  "config.read",
                  "config.setting",
                  "config.tls",
                  "values")),
          entry(
              "config.admin",
              Set.of(
                  "config.address",
                  "config.certificate",
                  "config.listener",
                  "config.problem",
                  "config.read",
                  "config.tls",
                  "values")),
          entry(
              "config",
              Set.of(
                  "config.address",
                  "config.admin",
                  "config.backend",
                  "config.backend.sticky",
                  "config.certificate",
                  "config.dns",
                  "config.files",
                  "config.handover",
                  "config.health",
                  "config.listener",
                  "config.problem",
                  "config.read",
                  "config.route",
                  "config.setting",
                  "config.stream",
                  "config.tls",
                  "values")),
          entry("credentials.sources", Set.of("config.certificate", "values")),
          entry(
              "credentials.certificates",
              Set.of("config.address", "config.problem", "credentials.sources", "values")),
          entry(
              "credentials.trust",
              Set.of(
                  "config.certificate",
                  "config.problem",
                  "credentials.certificates",
                  "credentials.sources")),
          entry(
              "comply.checklist.control",
              Set.of(
                  "config",
                  "config.certificate",
                  "config.listener",
                  "config.problem",
                  "credentials.certificates",
                  "credentials.trust",
                  "logging.setup")),
          entry("credentials.tickets", Set.of("config.certificate", "credentials.sources")),
          entry(
              "tls.policy",
              Set.of(
                  "config.backend",
                  "config.http",
                  "config.listener",
                  "config.stream",
                  "config.tls")),
          entry(
              "comply.checklist.checks",
              Set.of(
                  "comply.checklist.control",
                  "config",
                  "config.address",
                  "config.admin",
                  "config.backend",
                  "config.backend.sticky",
                  "config.certificate",
                  "config.http",
                  "config.listener",
                  "config.problem",
                  "config.route",
                  "config.stream",
                  "config.tls",
                  "credentials.certificates",
                  "credentials.sources",
                  "credentials.tickets",
                  "credentials.trust",
                  "logging",
                  "logging.setup",
                  "tls.policy",
                  "values")),
          entry(
              "comply.checklist",
              Set.of(
                  "comply.checklist.checks",
                  "comply.checklist.control",
                  "config",
                  "config.problem",
                  "credentials.certificates",
                  "logging.json")),
          entry("cluster.balance", Set.of()),
          entry("cluster.sticky", Set.of()),
          entry("cluster.limit", Set.of()),
          entry("cluster.ejection", Set.of("cluster.limit", "config.backend", "net")),
          entry("cluster.health", Set.of("config.health", "net")),
          entry(
              "cluster",
              Set.of(
                  "cluster.balance",
                  "cluster.ejection",
                  "cluster.health",
                  "cluster.limit",
                  "cluster.sticky",
                  "config.backend",
                  "config.health",
                  "net",
                  "values")),
          entry(
              "net.transport",
              Set.of("config", "config.address", "config.http", "config.listener")),
          entry("net.names", Set.of("config.dns", "net.transport", "observe.metrics", "values")),
          entry(
              "credentials.pkcs11",
              Set.of(
                  "config.certificate",
                  "config.setting",
                  "credentials.certificates",
                  "credentials.sources",
                  "observe.audit",
                  "values")),
          entry(
              "credentials.keys",
              Set.of(
                  "config.certificate",
                  "config.problem",
                  "config.tls",
                  "credentials.certificates",
                  "credentials.pkcs11",
                  "credentials.sources",
                  "credentials.tickets",
                  "observe.audit")),
          entry(
              "tls.engine",
              Set.of(
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.pkcs11",
                  "logging",
                  "net",
                  "observe.audit",
                  "observe.metrics",
                  "tls.policy")),
          entry(
              "credentials.revocation.crl",
              Set.of(
                  "config.certificate",
                  "config.problem",
                  "credentials.certificates",
                  "credentials.sources",
                  "values")),
          entry(
              "credentials.revocation.ocsp",
              Set.of(
                  "config.problem",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.revocation.crl",
                  "credentials.trust",
                  "observe.audit",
                  "observe.metrics")),
          entry(
              "credentials.revocation",
              Set.of(
                  "config.certificate",
                  "credentials.revocation.crl",
                  "credentials.revocation.ocsp",
                  "logging",
                  "observe.audit",
                  "observe.metrics")),
          entry(
              "tls.failure",
              Set.of(
                  "credentials.certificates",
                  "credentials.revocation",
                  "credentials.trust",
                  "net",
                  "tls.policy")),
          entry(
              "credentials.rotation",
              Set.of(
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.sources",
                  "observe.audit",
                  "observe.metrics",
                  "values")),
          entry(
              "connect.endpoint",
              Set.of(
                  "cluster",
                  "cluster.ejection",
                  "cluster.health",
                  "config",
                  "config.address",
                  "config.backend",
                  "config.problem",
                  "credentials.keys",
                  "credentials.rotation",
                  "credentials.sources",
                  "logging",
                  "net",
                  "net.names",
                  "net.transport",
                  "observe.audit",
                  "observe.metrics",
                  "values")),
          entry(
              "tls.trust",
              Set.of(
                  "config.backend",
                  "config.certificate",
                  "config.problem",
                  "credentials.certificates",
                  "credentials.revocation",
                  "credentials.revocation.ocsp",
                  "credentials.sources",
                  "credentials.trust",
                  "observe.metrics",
                  "tls.failure")),
          entry(
              "tls.rotation",
              Set.of(
                  "config.certificate",
                  "config.listener",
                  "config.problem",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.revocation",
                  "credentials.revocation.ocsp",
                  "credentials.rotation",
                  "credentials.sources",
                  "credentials.trust",
                  "observe.audit",
                  "observe.metrics",
                  "tls.engine",
                  "tls.trust")),
          entry(
              "tls.upstream",
              Set.of(
                  "config.backend",
                  "config.certificate",
                  "config.problem",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.pkcs11",
                  "credentials.revocation",
                  "credentials.trust",
                  "net",
                  "observe.metrics",
                  "tls.engine",
                  "tls.failure",
                  "tls.policy",
                  "tls.rotation",
                  "tls.trust",
                  "values")),
          entry("postgres", Set.of("tls.failure", "tls.hello")),
          entry(
              "connect.security",
              Set.of(
                  "cluster",
                  "config.address",
                  "connect.endpoint",
                  "net",
                  "net.transport",
                  "postgres",
                  "tls.engine",
                  "tls.upstream")),
          entry("connect.stream", Set.of("http", "net")),
          entry(
              "connect.dial",
              Set.of(
                  "cluster",
                  "config.backend",
                  "connect.endpoint",
                  "connect.security",
                  "connect.stream",
                  "net",
                  "net.transport",
                  "observe.metrics")),
          entry("http.codec", Set.of("config.http", "config.listener", "http", "net")),
          entry(
              "http.codec.h2",
              Set.of(
                  "config.backend",
                  "config.http",
                  "http",
                  "http.codec",
                  "http.request",
                  "net",
                  "net.transport")),
          entry(
              "connect.h2",
              Set.of(
                  "config.backend",
                  "connect.stream",
                  "http",
                  "http.codec",
                  "http.codec.h2",
                  "net",
                  "net.transport",
                  "values")),
          entry(
              "http.codec.h1",
              Set.of("config.backend", "config.http", "http", "http.codec", "net")),
          entry(
              "connect.pool",
              Set.of(
                  "cluster",
                  "config.backend",
                  "config.http",
                  "connect.h2",
                  "connect.stream",
                  "http",
                  "http.codec",
                  "http.codec.h1",
                  "net",
                  "net.transport",
                  "observe.metrics",
                  "values")),
          entry(
              "connect.check",
              Set.of(
                  "cluster",
                  "cluster.ejection",
                  "cluster.health",
                  "config.backend",
                  "config.health",
                  "connect.dial",
                  "connect.endpoint",
                  "connect.h2",
                  "connect.pool",
                  "connect.security",
                  "connect.stream",
                  "http.codec",
                  "http.codec.h1",
                  "net")),
          entry(
              "connect",
              Set.of(
                  "cluster",
                  "config.backend",
                  "connect.check",
                  "connect.dial",
                  "connect.endpoint",
                  "connect.pool",
                  "connect.security",
                  "connect.stream",
                  "http.codec",
                  "http.codec.h1",
                  "net",
                  "net.transport",
                  "observe.audit",
                  "observe.metrics")),
          entry("credentials.acme.store", Set.of("credentials.sources", "values")),
          entry(
              "credentials.acme",
              Set.of(
                  "config.certificate",
                  "config.problem",
                  "credentials.acme.store",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.sources",
                  "credentials.trust",
                  "observe.audit",
                  "observe.metrics")),
          entry("comply.change.findings", Set.of("config.setting", "values")),
          entry(
              "comply.change.tls",
              Set.of(
                  "comply.change.findings",
                  "config.backend",
                  "config.certificate",
                  "config.setting",
                  "config.tls",
                  "tls.policy")),
          entry(
              "comply.change",
              Set.of(
                  "comply.change.findings",
                  "comply.change.tls",
                  "config",
                  "config.address",
                  "config.admin",
                  "config.backend",
                  "config.certificate",
                  "config.handover",
                  "config.http",
                  "config.listener",
                  "config.problem",
                  "config.route",
                  "config.setting",
                  "config.stream",
                  "config.tls",
                  "values")),
          entry(
              "route",
              Set.of("config.http", "config.listener", "config.route", "config.tls", "values")),
          entry(
              "gate",
              Set.of(
                  "config.http",
                  "config.listener",
                  "config.route",
                  "config.tls",
                  "http",
                  "http.codec",
                  "http.forwarded",
                  "http.request",
                  "net",
                  "route",
                  "values")),
          entry(
              "net.admission",
              Set.of("config.listener", "observe.audit", "observe.metrics", "values")),
          entry(
              "proxy.mirror",
              Set.of("cluster", "connect", "connect.stream", "net", "observe.metrics")),
          entry(
              "proxy.head",
              Set.of(
                  "cluster",
                  "config.backend",
                  "config.backend.sticky",
                  "config.problem",
                  "config.route",
                  "connect",
                  "http",
                  "http.forwarded",
                  "http.request",
                  "observe.access",
                  "observe.metrics",
                  "proxy.mirror",
                  "values")),
          entry("proxy.stream", Set.of("cluster", "connect", "connect.stream", "http")),
          entry(
              "proxy",
              Set.of(
                  "answer",
                  "cluster",
                  "cluster.limit",
                  "config.http",
                  "config.listener",
                  "config.route",
                  "connect",
                  "connect.stream",
                  "gate",
                  "http",
                  "http.codec",
                  "http.forwarded",
                  "http.request",
                  "net",
                  "net.admission",
                  "net.transport",
                  "observe",
                  "observe.access",
                  "observe.audit",
                  "observe.metrics",
                  "proxy.head",
                  "proxy.mirror",
                  "proxy.stream",
                  "route",
                  "values")),
          entry(
              "front.h1",
              Set.of(
                  "config.http",
                  "config.listener",
                  "http",
                  "http.codec",
                  "http.codec.h1",
                  "http.forwarded",
                  "net",
                  "net.transport",
                  "proxy",
                  "proxy.head",
                  "proxy.stream")),
          entry(
              "front.h2",
              Set.of(
                  "config.http",
                  "config.listener",
                  "http",
                  "http.codec.h2",
                  "http.forwarded",
                  "net",
                  "net.transport",
                  "proxy",
                  "proxy.head",
                  "proxy.stream")),
          entry(
              "redirect",
              Set.of(
                  "answer",
                  "config.http",
                  "gate",
                  "http",
                  "http.forwarded",
                  "http.request",
                  "net",
                  "net.transport",
                  "observe.access",
                  "observe.audit",
                  "observe.metrics",
                  "route")),
          entry(
              "tls.hello",
              Set.of(
                  "config.tls", "credentials.certificates", "tls.failure", "tls.policy", "values")),
          entry(
              "tls.challenge",
              Set.of(
                  "config.tls",
                  "credentials.certificates",
                  "tls.engine",
                  "tls.hello",
                  "tls.policy",
                  "tls.trust")),
          entry(
              "tls.clients",
              Set.of(
                  "config.address",
                  "config.certificate",
                  "config.listener",
                  "config.problem",
                  "config.tls",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.revocation",
                  "credentials.rotation",
                  "credentials.sources",
                  "credentials.trust",
                  "net",
                  "observe.audit",
                  "observe.metrics",
                  "tls.failure",
                  "tls.trust")),
          entry(
              "tls.tickets",
              Set.of(
                  "config.certificate",
                  "config.listener",
                  "config.tls",
                  "credentials.keys",
                  "credentials.rotation",
                  "credentials.tickets",
                  "observe.audit",
                  "observe.metrics",
                  "tls.rotation")),
          entry(
              "tls.server",
              Set.of(
                  "config.certificate",
                  "config.listener",
                  "config.problem",
                  "config.setting",
                  "config.stream",
                  "config.tls",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.pkcs11",
                  "credentials.revocation.ocsp",
                  "credentials.rotation",
                  "credentials.sources",
                  "credentials.tickets",
                  "credentials.trust",
                  "logging",
                  "net",
                  "observe.audit",
                  "observe.metrics",
                  "tls.challenge",
                  "tls.clients",
                  "tls.engine",
                  "tls.failure",
                  "tls.hello",
                  "tls.policy",
                  "tls.rotation",
                  "tls.tickets",
                  "tls.trust",
                  "values")),
          entry(
              "stream",
              Set.of(
                  "cluster",
                  "config.backend",
                  "config.stream",
                  "connect",
                  "connect.security",
                  "connect.stream",
                  "net",
                  "net.transport",
                  "observe",
                  "observe.access",
                  "observe.metrics",
                  "postgres",
                  "tls.engine",
                  "tls.hello",
                  "tls.server")),
          entry("dicom", Set.of("stream")),
          entry("mllp", Set.of("stream")),
          entry(
              "front.entrance",
              Set.of(
                  "config.listener",
                  "net",
                  "net.admission",
                  "observe.audit",
                  "observe.metrics",
                  "tls.hello",
                  "tls.server",
                  "values")),
          entry(
              "tls.passthrough",
              Set.of(
                  "config.stream",
                  "net",
                  "observe.audit",
                  "observe.metrics",
                  "tls.failure",
                  "tls.hello",
                  "tls.policy")),
          entry(
              "front.stream",
              Set.of(
                  "front.entrance",
                  "net",
                  "stream",
                  "tls.hello",
                  "tls.passthrough",
                  "tls.policy",
                  "tls.server")),
          entry(
              "front",
              Set.of(
                  "answer",
                  "config.http",
                  "config.listener",
                  "config.tls",
                  "front.entrance",
                  "front.h1",
                  "front.h2",
                  "http.codec",
                  "http.codec.h1",
                  "http.forwarded",
                  "http.request",
                  "net",
                  "net.admission",
                  "net.transport",
                  "observe.audit",
                  "observe.metrics",
                  "proxy",
                  "redirect",
                  "tls.engine",
                  "tls.failure",
                  "tls.hello",
                  "tls.server",
                  "values")),
          entry("net.inherit", Set.of("config.address", "net.transport")),
          entry(
              "net.listener",
              Set.of(
                  "config.address",
                  "logging",
                  "net",
                  "net.admission",
                  "net.inherit",
                  "net.transport",
                  "observe.metrics")),
          entry(
              "gateway.maintenance",
              Set.of(
                  "config.route",
                  "credentials.keys",
                  "credentials.rotation",
                  "credentials.sources")),
          entry(
              "gateway.runtime",
              Set.of(
                  "cluster",
                  "cluster.ejection",
                  "cluster.sticky",
                  "comply.change",
                  "config",
                  "config.address",
                  "config.admin",
                  "config.backend",
                  "config.backend.sticky",
                  "config.certificate",
                  "config.listener",
                  "config.problem",
                  "config.route",
                  "config.setting",
                  "config.stream",
                  "config.tls",
                  "connect",
                  "connect.endpoint",
                  "connect.security",
                  "credentials.acme",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.revocation.ocsp",
                  "credentials.rotation",
                  "credentials.sources",
                  "dicom",
                  "front",
                  "front.entrance",
                  "front.stream",
                  "gate",
                  "gateway.maintenance",
                  "logging",
                  "mllp",
                  "net.admission",
                  "net.inherit",
                  "net.listener",
                  "net.names",
                  "net.transport",
                  "observe.access",
                  "observe.audit",
                  "observe.metrics",
                  "postgres",
                  "proxy",
                  "proxy.head",
                  "proxy.mirror",
                  "redirect",
                  "route",
                  "stream",
                  "tls.challenge",
                  "tls.passthrough",
                  "tls.rotation",
                  "tls.server",
                  "tls.upstream")),
          entry(
              "gateway.reload",
              Set.of(
                  "admin",
                  "cluster",
                  "comply.change",
                  "config",
                  "config.admin",
                  "config.backend",
                  "config.certificate",
                  "config.listener",
                  "config.problem",
                  "config.route",
                  "config.setting",
                  "config.stream",
                  "connect",
                  "connect.check",
                  "connect.endpoint",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.revocation.ocsp",
                  "credentials.rotation",
                  "credentials.sources",
                  "gate",
                  "gateway.maintenance",
                  "gateway.runtime",
                  "net.inherit",
                  "net.listener",
                  "net.names",
                  "observe.audit",
                  "observe.metrics",
                  "tls.rotation",
                  "tls.server",
                  "tls.upstream")),
          entry("net.handover", Set.of("config.address")),
          entry(
              "gateway.handover",
              Set.of(
                  "config.address",
                  "credentials.tickets",
                  "gateway.reload",
                  "gateway.runtime",
                  "net.admission",
                  "net.handover",
                  "net.inherit",
                  "net.listener",
                  "observe.audit",
                  "observe.metrics",
                  "tls.server")),
          entry(
              "gateway",
              Set.of(
                  "admin",
                  "admin.access",
                  "cluster",
                  "cluster.ejection",
                  "cluster.health",
                  "comply.checklist.control",
                  "config",
                  "config.address",
                  "config.admin",
                  "config.backend",
                  "config.certificate",
                  "config.handover",
                  "config.health",
                  "config.listener",
                  "config.problem",
                  "config.route",
                  "config.stream",
                  "config.tls",
                  "connect",
                  "connect.check",
                  "credentials.acme",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.sources",
                  "credentials.trust",
                  "gate",
                  "gateway.handover",
                  "gateway.maintenance",
                  "gateway.reload",
                  "gateway.runtime",
                  "logging",
                  "logging.setup",
                  "net",
                  "net.admission",
                  "net.handover",
                  "net.inherit",
                  "net.listener",
                  "net.names",
                  "net.transport",
                  "observe.audit",
                  "observe.metrics",
                  "postgres",
                  "tls.challenge",
                  "tls.policy",
                  "tls.server",
                  "tls.upstream",
                  "values")),
          entry("cli.notify", Set.of("gateway.reload", "values")),
          entry(
              "cli.process",
              Set.of(
                  "cli.command",
                  "cli.notify",
                  "cli.signal",
                  "config",
                  "config.problem",
                  "gateway",
                  "logging.setup")),
          entry(
              "cli.sidecar",
              Set.of("cli.command", "cli.process", "config", "config.address", "config.problem")),
          entry(
              "cli",
              Set.of(
                  "cli.command",
                  "cli.process",
                  "cli.sidecar",
                  "comply.checklist",
                  "config",
                  "config.address",
                  "config.admin",
                  "config.problem",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.sources",
                  "gateway",
                  "logging.setup")),
          entry("tools.pki", Set.of()),
          entry("tools.demo", Set.of("config", "config.problem", "gateway", "tools.pki")),
          entry(
              "tools.training",
              Set.of("credentials.certificates", "credentials.sources", "tools.demo", "tools.pki")),
          entry(
              "tools.cli",
              Set.of(
                  "cli",
                  "cli.command",
                  "cli.process",
                  "cli.signal",
                  "config.problem",
                  "logging.setup",
                  "tools.demo",
                  "tools.pki",
                  "tools.training")));

  @Test
  void importsFollowTheTable() {
    Set<String> denied = new TreeSet<>();
    for (JavaClass from : MAIN) {
      String room = room(from.getPackageName());
      for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
        String name = dependency.getTargetClass().getPackageName();
        if (name.startsWith("sallyport.")
            && !room(name).equals(room)
            && !MAY_IMPORT.getOrDefault(room, Set.of()).contains(room(name))) {
          denied.add(room + " imports " + room(name) + ": " + dependency.getDescription());
        }
      }
    }
    assertThat(denied).isEmpty();
  }

  @Test
  void everyPackageStandsInTheTable() {
    assertThat(packages()).allSatisfy(name -> assertThat(MAY_IMPORT).containsKey(room(name)));
    Set<String> rooms = new TreeSet<>();
    packages().forEach(name -> rooms.add(room(name)));
    assertThat(rooms).isEqualTo(new TreeSet<>(MAY_IMPORT.keySet()));
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("sallyport.(*)..").should().beFreeOfCycles().check(MAIN);
    slices().matching("sallyport.(**)").should().beFreeOfCycles().check(MAIN);
  }

  /** As many files of a room as a reader sees at a glance. */
  private static final int MAX_FILES = 12;

  @Test
  void roomsAreSmall() throws IOException {
    for (String name : packages()) {
      Path folder = Path.of("src/main/java/sallyport", name.split("\\."));
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files.filter(Files::isRegularFile).filter(file -> !file.endsWith(PACKAGE)))
            .as(name)
            .hasSizeLessThanOrEqualTo(MAX_FILES);
      }
    }
  }

  /**
   * Circles of classes that remain inside a room, each with its reason; they only shrink. A circle
   * has the room and its classes, in alphabetical order.
   */
  private static final Map<String, String> CIRCLES =
      Map.ofEntries(
          entry(
              "config AcmeChecks GatewayConfig GatewayReader",
              "the record is the way in, and its reader makes it"),
          entry(
              "connect ConnectionAttempt UpstreamClient",
              "an attempt waits where its client decides, and the client decides again for it"),
          entry(
              "connect.h2 Http2ClientHandler Http2ClientStream",
              "a stream writes by its connection, which hands it what arrives"),
          entry(
              "connect.pool ConnectionPool Http1Connection Http1Pool Http2Pool Http2Session",
              "a pool holds connections, which return to it"),
          entry(
              "connect.stream ClientStream ConnectListener ExclusiveConnection",
              "one contract: a stream that may be exclusive, and its delivery"),
          entry(
              "credentials.pkcs11 Pkcs11Module Pkcs11Token Signer",
              "a token renews the handles of its signers, and its module decides when"),
          entry(
              "credentials.revocation.ocsp Ocsp PeerOcsp",
              "all who ask by one client share its cache"),
          entry(
              "front.h2 Http2ServerHandler Http2ServerStream",
              "a stream writes by its connection, which hands it what arrives"),
          entry(
              "gate HeadCheck Refused SoundHead",
              "a refusal keeps the part of the head that was sound"),
          entry(
              "observe.access AccessLog JsonAccessLog",
              "the interface makes its implementation, so that others do not know it"),
          entry(
              "proxy Attempt Attempts ClientPace Exchange ExchangeState FlowControl ResponseRelay",
              "the parts of an exchange report to it"));

  @Test
  void classesOfARoomHaveNoCircles() {
    assertThat(circles(MAIN)).isEqualTo(new TreeSet<>(CIRCLES.keySet()));
  }

  /** The rule must see a circle, and must not see a sealed type with its own. */
  @Test
  void aCircleOfClassesIsFoundAndASealedTypeIsNone() {
    JavaClasses classes = new ClassFileImporter().importPackages("sallyport.testkit.circles");
    assertThat(circles(classes)).containsExactly("testkit.circles One Other");
  }

  private static Set<String> circles(JavaClasses classes) {
    Map<JavaClass, Set<JavaClass>> uses = new HashMap<>();
    for (JavaClass from : classes) {
      for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
        JavaClass user = top(from);
        JavaClass used = top(dependency.getTargetClass());
        if (!user.equals(used)
            && user.getPackageName().equals(used.getPackageName())
            && !isPermittedBy(user, used)
            && !isPermittedBy(used, user)) {
          uses.computeIfAbsent(user, key -> new HashSet<>()).add(used);
        }
      }
    }
    Map<JavaClass, Set<JavaClass>> reached = new HashMap<>();
    uses.keySet().forEach(each -> reached.put(each, reached(each, uses)));
    Set<String> circles = new TreeSet<>();
    reached.forEach(
        (from, others) -> {
          if (others.contains(from)) {
            circles.add(
                from.getPackageName().substring("sallyport.".length())
                    + others.stream()
                        .filter(other -> reached.getOrDefault(other, Set.of()).contains(from))
                        .map(JavaClass::getSimpleName)
                        .sorted()
                        .map(name -> " " + name)
                        .collect(Collectors.joining()));
          }
        });
    return circles;
  }

  private static Set<JavaClass> reached(JavaClass from, Map<JavaClass, Set<JavaClass>> uses) {
    Set<JavaClass> seen = new HashSet<>();
    Deque<JavaClass> next = new ArrayDeque<>(uses.getOrDefault(from, Set.of()));
    while (!next.isEmpty()) {
      JavaClass each = next.pop();
      if (seen.add(each)) {
        next.addAll(uses.getOrDefault(each, Set.of()));
      }
    }
    return seen;
  }

  private static JavaClass top(JavaClass type) {
    JavaClass outer = type;
    while (outer.getEnclosingClass().isPresent()) {
      outer = outer.getEnclosingClass().get();
    }
    return outer;
  }

  /** Whether one is sealed, and permits the other, or a type nested in it. */
  private static boolean isPermittedBy(JavaClass permitted, JavaClass sealed) {
    Class<?>[] permits = sealed.reflect().getPermittedSubclasses();
    return permits != null
        && Stream.of(permits).anyMatch(each -> each.getName().equals(permitted.getName()));
  }

  /** The longest entry of the table that the package belongs to. */
  private static String room(String packageName) {
    String name = packageName.replaceFirst("^sallyport\\.", "");
    while (!MAY_IMPORT.containsKey(name) && name.contains(".")) {
      name = name.substring(0, name.lastIndexOf('.'));
    }
    return name;
  }

  @Test
  void everyPackageIsNullMarked() {
    for (String name : packages()) {
      JavaPackage javaPackage = MAIN.getPackage("sallyport." + name);
      assertThat(javaPackage.isAnnotatedWith(NullMarked.class)).as("sallyport." + name).isTrue();
    }
  }

  /** They are in a jar that `run` does not load. */
  @Test
  void theProductKnowsNothingOfItsTools() {
    noClasses()
        .that()
        .resideOutsideOfPackage("sallyport.tools..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("sallyport.tools..")
        .check(MAIN);
  }

  @Test
  void configurationRoutesAndBackendsKnowNoNetty() {
    noClasses()
        .that()
        .resideInAnyPackage("sallyport.config..", "sallyport.route..", "sallyport.cluster..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .check(MAIN);
  }

  /** Values in, values out: it knows neither its callers nor the moment of a call. */
  @Test
  void theGateKnowsNoChannels() {
    noClasses()
        .that()
        .resideInAPackage("sallyport.gate..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.netty.channel..", "io.netty.buffer..")
        .check(MAIN);
  }

  @Test
  void whatIsBelowHttpKnowsNoHttp() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "sallyport.net..", "sallyport.tls..", "sallyport.observe..", "sallyport.values..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "sallyport.http..", "io.netty.handler.codec.http..", "io.netty.handler.codec.http2..")
        .check(MAIN);
  }

  @Test
  void framesOfHttp2AreKnownToItsRoomsAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("sallyport..h2..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty.handler.codec.http2..")
        .check(MAIN);
  }

  /** What is told of a failure is told by metrics, the access log and the audit log. */
  @Test
  void theDataPathWritesNoLog() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "sallyport.front..",
            "sallyport.proxy..",
            "sallyport.gate..",
            "sallyport.answer..",
            "sallyport.http..",
            "sallyport.redirect..",
            "sallyport.route..",
            "sallyport.cluster..",
            "sallyport.connect.h2..",
            "sallyport.connect.stream..",
            "sallyport.net.admission..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.slf4j..")
        .check(MAIN);
  }

  /** All others ask {@code SecureLayer}: there may be no TLS, or that of another library. */
  @Test
  void onlyTlsAndItsStepOfTheConnectorKnowTheTlsHandler() {
    noClasses()
        .that()
        .resideOutsideOfPackages("sallyport.tls..", "sallyport.tools..")
        .and()
        .haveNameNotMatching("sallyport\\.connect\\.security\\.TlsStep.*")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(SslHandler.class)
        .check(MAIN);
  }

  /** What is not HTTP is reached by the same connector. */
  @Test
  void theConnectorKnowsNeitherPoolsNorHttp() {
    noClasses()
        .that()
        .resideInAnyPackage("sallyport.connect.dial..", "sallyport.connect.security..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "sallyport.connect.pool..", "sallyport.http..", "io.netty.handler.codec.http..")
        .check(MAIN);
  }

  /**
   * All answers of the gateway's own are made by {@code Responder}. Others make heads of received
   * messages: the codecs those that backends sent, and {@code ResponseHead} interim responses for
   * the client. The admin listener has pages and no exchanges; the demo backend is no gateway.
   */
  @Test
  void onlyTheResponderMakesResponses() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "sallyport.answer..",
            "sallyport.http.codec..",
            "sallyport.admin..",
            "sallyport.tools..")
        .and()
        .doNotHaveFullyQualifiedName(ResponseHead.class.getName())
        .should()
        .callConstructorWhere(makes(HttpResponse.class))
        .check(MAIN);
  }

  /** A response cannot be made of frames either. */
  @Test
  void onlyTheCodecMakesFieldSectionsOfHttp2() {
    noClasses()
        .that()
        .resideOutsideOfPackage("sallyport.http.codec.h2..")
        .should()
        .callConstructorWhere(makes(Http2Headers.class))
        .check(MAIN);
  }

  private static DescribedPredicate<JavaAccess<?>> makes(Class<?> type) {
    return DescribedPredicate.describe(
        "constructors of " + type.getSimpleName(),
        access -> access.getTargetOwner().isAssignableTo(type));
  }

  @Test
  void onlyConfigReadsHocon() {
    noClasses()
        .that()
        .resideOutsideOfPackage("sallyport.config..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.typesafe..")
        .check(MAIN);
  }

  @Test
  void onlyPatternsOfPathsUseRe2() {
    noClasses()
        .that()
        .resideOutsideOfPackage("sallyport.config.route.pattern..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.google.re2j..")
        .check(MAIN);
  }

  @Test
  void onlyCommandsReadCommandLines() {
    noClasses()
        .that()
        .resideOutsideOfPackages("sallyport.cli..", "sallyport.tools.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.commons.cli..")
        .check(MAIN);
  }

  /** Records with locations are other values after a comment: their settings are compared. */
  @Test
  void settingsWithLocationsAreComparedAsSettings() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Settings.class.getName())
        .should()
        .callMethodWhere(
            JavaCall.Predicates.target(HasName.Predicates.name("equals"))
                .and(
                    JavaCall.Predicates.target(
                        HasOwner.Predicates.With.owner(
                            DescribedPredicate.describe(
                                "settings with locations",
                                type -> hasLocation(type, new HashSet<>()))))))
        .check(MAIN);
  }

  private static boolean hasLocation(JavaClass type, Set<JavaClass> seen) {
    if (!type.getPackageName().startsWith("sallyport.config") || !seen.add(type)) {
      return false;
    }
    return type.isEquivalentTo(ConfigLocation.class)
        || (type.isInterface()
            && type.getSubclasses().stream().anyMatch(each -> hasLocation(each, seen)))
        || type.getFields().stream()
            .flatMap(field -> field.getType().getAllInvolvedRawTypes().stream())
            .anyMatch(each -> hasLocation(each, seen));
  }

  @Test
  void onlyMetricsBuildsMeters() {
    noClasses()
        .that()
        .resideOutsideOfPackage("sallyport.observe.metrics..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.micrometer..", "io.prometheus..")
        .check(MAIN);
  }

  @Test
  void onlyTheCommandLinePrints() {
    noClasses()
        .that()
        .resideOutsideOfPackage("sallyport.cli..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .check(MAIN);
  }

  @Test
  void onlyCompositionAndCommandsWaitForFutures() {
    noClasses()
        .that()
        .resideOutsideOfPackages("sallyport.gateway..", "sallyport.cli..", "sallyport.tools..")
        .should()
        .callMethodWhere(
            calls(
                java.util.concurrent.Future.class,
                "sync|syncUninterruptibly|await|awaitUninterruptibly|join"))
        .check(MAIN);
  }

  /** Where an event loop runs every call: what waits there stops all of its connections. */
  @Test
  void theDataPathCallsNothingThatBlocks() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "sallyport.net.admission..",
            "sallyport.net.listener..",
            "sallyport.front..",
            "sallyport.gate..",
            "sallyport.answer..",
            "sallyport.http..",
            "sallyport.answer..",
            "sallyport.gate..",
            "sallyport.route..",
            "sallyport.cluster..",
            "sallyport.proxy..",
            "sallyport.connect..",
            "sallyport.redirect..")
        .should()
        .callMethodWhere(
            calls(java.util.concurrent.Future.class, "get|resultNow")
                .or(calls(java.util.concurrent.CompletableFuture.class, "join"))
                .or(calls(java.util.concurrent.CountDownLatch.class, "await"))
                .or(calls(java.util.concurrent.BlockingQueue.class, "put|take"))
                .or(calls(java.util.concurrent.Semaphore.class, "acquire.*"))
                .or(calls(java.util.concurrent.locks.Lock.class, "lock.*"))
                .or(calls(Process.class, "waitFor"))
                .or(calls(Thread.class, "sleep|join"))
                .or(calls(Object.class, "wait")))
        .check(MAIN);
  }

  private static DescribedPredicate<JavaCall<?>> calls(Class<?> owner, String names) {
    return JavaCall.Predicates.target(HasName.Predicates.nameMatching(names))
        .and(
            JavaCall.Predicates.target(
                HasOwner.Predicates.With.owner(JavaClass.Predicates.assignableTo(owner))));
  }

  private static Set<String> packages() {
    return MAIN.stream()
        .map(c -> c.getPackageName())
        .filter(name -> name.startsWith("sallyport."))
        .map(name -> name.substring("sallyport.".length()))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
