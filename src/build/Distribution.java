import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Archive and Debian package of the built product, with a Java runtime and a start-up cache of
 * their own, and checksums of these and of the SBOM.
 *
 * <p>Usage: {@code java Distribution.java VERSION}, in the folder of the project, after {@code
 * package}; {@code mvn -Pdist package} does it. Exit 1 where a part is missing or a step fails. See
 * docs/decisions/0061.
 */
public final class Distribution {
  /** Netty's name of the only platform whose native libraries the build has. */
  private static final String NATIVE = "linux-x86_64";

  /** Debian's name of it. */
  private static final String ARCHITECTURE = "amd64";

  private static final Path TARGET = Path.of("target");
  private static final Path DEPLOY = Path.of("deploy");
  private static final Path ALERTS = Path.of("conf/prometheus/alerts.yml");

  /** Modules that are found by name at run time, which jdeps does not see, each with its reason. */
  private static final List<String> BY_NAME =
      List.of(
          "jdk.crypto.cryptoki", // PKCS#11 tokens
          "jdk.management"); // metrics of memory and descriptors

  /** Modules that jdeps finds and no start needs: a library names them in parts not used here. */
  private static final List<String> UNUSED = List.of("java.desktop"); // config, micrometer

  private final String version;
  private final Path home;

  private Distribution(String version) {
    this.version = version;
    this.home = TARGET.resolve("dist/sallyport-" + version);
  }

  public static void main(String[] args) throws Exception {
    String platform = System.getProperty("os.name") + "-" + System.getProperty("os.arch");
    if (!platform.equals("Linux-amd64")) {
      throw new IllegalStateException(
          "the build has native libraries of " + NATIVE + " alone, and this is " + platform);
    }
    new Distribution(args[0]).make();
  }

  private void make() throws Exception {
    delete(TARGET.resolve("dist"));
    List<Path> made = List.of(archive(), debianPackage(), sbom(), checksums());
    for (Path before : list(TARGET, "sallyport[-_][0-9].*")) {
      Files.delete(before);
    }
    product();
    runtime();
    startupCache();
    plainModes(home);
    run(
        "tar",
        "--create",
        "--gzip",
        "--file=" + archive(),
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--directory=" + home.getParent(),
        home.getFileName().toString());
    packageForDebian();
    Path bom = TARGET.resolve("sbom/bom.json");
    if (Files.exists(bom)) {
      Files.move(bom, sbom());
    } else {
      System.out.println("[WARNING] No bill of materials: its plug-in does not work with mvn -o.");
    }
    StringBuilder sums = new StringBuilder();
    for (Path file : made) {
      if (Files.exists(file)) {
        sums.append(sha256(file)).append("  ").append(file.getFileName()).append('\n');
      }
    }
    Files.writeString(checksums(), sums);
    System.out.print(sums);
  }

  // ---- what is made

  private Path archive() {
    return TARGET.resolve("sallyport-%s-linux-%s.tar.gz".formatted(version, ARCHITECTURE));
  }

  private Path debianPackage() {
    return TARGET.resolve("sallyport_%s_%s.deb".formatted(debianVersion(), ARCHITECTURE));
  }

  private Path sbom() {
    return TARGET.resolve("sallyport-%s.cdx.json".formatted(version));
  }

  private Path checksums() {
    return TARGET.resolve("sallyport-%s.sha256".formatted(version));
  }

  /** For Debian, 1.0~rc1 is older than 1.0; 1.0-rc1 would be newer. */
  private String debianVersion() {
    return version.replaceFirst("-", "~");
  }

  // ---- the folder that runs

  /** Times of jars are kept: the start-up cache fits jars of the same name, size and time. */
  private void product() throws IOException {
    Path app = home.resolve("app");
    Path jar = copy(TARGET.resolve("sallyport.jar"), app.resolve("sallyport.jar"));
    for (String library : librariesOf(jar)) {
      copy(TARGET.resolve(library), app.resolve(library));
    }
    for (Path each : list(TARGET.resolve("native"), ".*\\.so")) {
      copy(each, app.resolve("native").resolve(each.getFileName()));
    }
    copy(Path.of("bin/sallyport"), home.resolve("bin/sallyport"));
    copy(Path.of("conf/gateway.conf"), home.resolve("conf/gateway.conf"));
    copy(Path.of("conf/logback.xml"), home.resolve("conf/logback.xml"));
    copy(ALERTS, home.resolve(ALERTS));
    copy(DEPLOY.resolve("certs/make-certs.sh"), home.resolve("certs/make-certs.sh"));
    for (Path each : list(DEPLOY.resolve("systemd"), ".*")) {
      copy(each, home.resolve("systemd").resolve(each.getFileName()));
    }
    documents(home);
  }

  private static void documents(Path folder) throws IOException {
    for (String name : List.of("README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE")) {
      copy(Path.of(name), folder.resolve(name));
    }
    try (Stream<Path> pages = Files.walk(Path.of("docs"))) {
      for (Path each : pages.filter(Files::isRegularFile).toList()) {
        copy(each, folder.resolve(each));
      }
    }
  }

  /** The class path of the product without the native libraries of other platforms. */
  private static List<String> librariesOf(Path product) throws IOException {
    try (JarFile jar = new JarFile(product.toFile())) {
      String classPath = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      return Arrays.stream(classPath.split(" "))
          .filter(
              library ->
                  !library.matches(".*-(linux|osx|windows)-\\w+\\.jar") || library.contains(NATIVE))
          .toList();
    }
  }

  private void runtime() throws IOException {
    Path app = home.resolve("app");
    List<String> jars = new ArrayList<>();
    for (Path library : list(app.resolve("lib"), ".*\\.jar")) {
      jars.add(library.toString());
    }
    var found = new ByteArrayOutputStream();
    tool(
        "jdeps",
        new PrintStream(found),
        "--multi-release",
        Integer.toString(Runtime.version().feature()),
        "--ignore-missing-deps",
        "--print-module-deps",
        "--class-path",
        String.join(":", jars),
        app.resolve("sallyport.jar").toString());
    var modules = new TreeSet<>(List.of(found.toString().strip().split(",")));
    modules.addAll(BY_NAME);
    UNUSED.forEach(modules::remove);
    System.out.println("modules: " + String.join(",", modules));
    tool(
        "jlink",
        System.out,
        "--add-modules",
        String.join(",", modules),
        "--strip-java-debug-attributes",
        "--no-header-files",
        "--no-man-pages",
        "--output",
        home.resolve("runtime").toString());
  }

  /**
   * A start with handshakes and requests: it also shows that the runtime has all modules. The tools
   * that train are not part of what is made.
   */
  private void startupCache() throws Exception {
    Path tools = home.resolve("app/sallyport-tools.jar");
    copy(TARGET.resolve("sallyport-tools.jar"), tools);
    run(home.resolve("bin/sallyport").toString(), "train");
    Files.delete(tools);
  }

  // ---- the package for Debian

  private void packageForDebian() throws Exception {
    if (Stream.of(System.getenv("PATH").split(":"))
        .noneMatch(folder -> Files.isExecutable(Path.of(folder, "dpkg-deb")))) {
      System.out.println("[WARNING] No package for Debian: there is no dpkg-deb here.");
      return;
    }
    Path root = TARGET.resolve("dist/debian");
    for (String part : List.of("bin", "app", "runtime")) {
      link(home.resolve(part), root.resolve("usr/lib/sallyport").resolve(part));
    }
    Files.createDirectories(root.resolve("usr/bin"));
    Files.createSymbolicLink(
        root.resolve("usr/bin/sallyport"), Path.of("../lib/sallyport/bin/sallyport"));
    Path systemd = DEPLOY.resolve("systemd");
    Path lib = root.resolve("usr/lib");
    copy(systemd.resolve("sallyport.service"), lib.resolve("systemd/system/sallyport.service"));
    copy(systemd.resolve("sallyport.socket"), lib.resolve("systemd/system/sallyport.socket"));
    String sidecar = "sallyport-sidecar@.service";
    copy(systemd.resolve(sidecar), lib.resolve("systemd/system").resolve(sidecar));
    copy(systemd.resolve("sysusers.conf"), lib.resolve("sysusers.d/sallyport.conf"));
    copy(systemd.resolve("tmpfiles.conf"), lib.resolve("tmpfiles.d/sallyport.conf"));
    Path debian = DEPLOY.resolve("debian");
    Path etc = root.resolve("etc");
    copy(Path.of("conf/gateway.conf"), etc.resolve("sallyport/gateway.conf"));
    copy(Path.of("conf/logback.xml"), etc.resolve("sallyport/logback.xml"));
    Path doc = root.resolve("usr/share/doc/sallyport");
    documents(doc);
    Files.delete(doc.resolve("LICENSE")); // It is in common-licenses.
    copy(debian.resolve("copyright"), doc.resolve("copyright"));
    copy(DEPLOY.resolve("certs/make-certs.sh"), doc.resolve("examples/make-certs.sh"));
    copy(ALERTS, doc.resolve("examples/alerts.yml"));
    String control =
        Files.readString(debian.resolve("control"))
            .replace("@VERSION@", debianVersion())
            .replace("@ARCHITECTURE@", ARCHITECTURE)
            .replace("@SIZE@", Long.toString(size(root) / 1024));
    Path meta = Files.createDirectories(root.resolve("DEBIAN"));
    Files.writeString(meta.resolve("control"), control);
    for (String file : List.of("conffiles", "postinst", "prerm", "postrm")) {
      copy(debian.resolve(file), meta.resolve(file));
    }
    plainModes(root);
    // xz without its strong levels: half a minute less, a tenth larger.
    run(
        "dpkg-deb",
        "--root-owner-group",
        "-Zxz",
        "-z1",
        "--build",
        root.toString(),
        debianPackage().toString());
  }

  // ---- files and programs

  private static Path copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    return Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
  }

  /** Hard links in place of a second copy of some 150 MB. */
  private static void link(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path each : files.toList()) {
        Path place = to.resolve(from.relativize(each));
        if (Files.isSymbolicLink(each)) {
          Files.createSymbolicLink(place, Files.readSymbolicLink(each));
        } else if (Files.isDirectory(each)) {
          Files.createDirectories(place);
        } else {
          Files.createLink(place, each);
        }
      }
    }
  }

  /** Modes do not depend on the umask of the build. */
  private static void plainModes(Path top) throws IOException {
    var executable = PosixFilePermissions.fromString("rwxr-xr-x");
    var plain = PosixFilePermissions.fromString("rw-r--r--");
    try (Stream<Path> files = Files.walk(top)) {
      for (Path each : files.filter(file -> !Files.isSymbolicLink(file)).toList()) {
        Files.setPosixFilePermissions(each, Files.isExecutable(each) ? executable : plain);
      }
    }
  }

  private static List<Path> list(Path folder, String pattern) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().matches(pattern))
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .sorted()
          .toList();
    }
  }

  private static long size(Path top) throws IOException {
    long sum = 0;
    try (Stream<Path> files = Files.walk(top)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        sum += Files.size(each);
      }
    }
    return sum;
  }

  private static void delete(Path top) throws IOException {
    if (!Files.exists(top)) {
      return;
    }
    Files.walkFileTree(
        top,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, IOException failure)
              throws IOException {
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static String sha256(Path file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (var in = Files.newInputStream(file)) {
      byte[] part = new byte[1 << 16];
      for (int read = in.read(part); read >= 0; read = in.read(part)) {
        digest.update(part, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void tool(String name, PrintStream out, String... arguments) {
    var writer = new PrintWriter(out);
    var errors = new PrintWriter(System.err);
    int status =
        ToolProvider.findFirst(name)
            .orElseThrow(() -> new IllegalStateException("this JDK has no " + name))
            .run(writer, errors, arguments);
    writer.flush();
    errors.flush();
    if (status != 0) {
      throw new IllegalStateException(name + " ended with " + status);
    }
  }

  private static void run(String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().remove("SALLYPORT_JAVA_OPTS"); // The cache is for starts without.
    int status = builder.start().waitFor();
    if (status != 0) {
      throw new IllegalStateException(String.join(" ", command) + " ended with " + status);
    }
  }
}
