package sallyport.admin;

import java.util.List;

/**
 * Content of the status page: titled tables of plain texts. No secrets: names, addresses and
 * fingerprints only.
 */
public record StatusPage(List<Table> tables) {
  /**
   * @param columns the headings
   * @param rows as many cells each as there are columns
   */
  public record Table(String title, List<String> columns, List<List<String>> rows) {}

  /** One HTML page without scripts or outside resources. */
  String html() {
    StringBuilder page = new StringBuilder(4096);
    page.append("<!doctype html><html lang=en><meta charset=utf-8><title>Sallyport</title>")
        .append("<style>body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:70em;")
        .append("padding:0 1em;color:#222}table{border-collapse:collapse;width:100%;")
        .append("margin-bottom:2em}th,td{text-align:left;padding:.3em .8em .3em 0;")
        .append("border-bottom:1px solid #ddd;vertical-align:top;overflow-wrap:anywhere}")
        .append("h2{font-size:1.1em}</style><h1>Sallyport</h1>")
        .append("<p><a href=/metrics>metrics</a> &middot; <a href=/readyz>readiness</a></p>");
    for (Table table : tables) {
      page.append("<h2>").append(escape(table.title())).append("</h2><table><tr>");
      table.columns().forEach(c -> page.append("<th>").append(escape(c)));
      for (List<String> row : table.rows()) {
        page.append("<tr>");
        row.forEach(cell -> page.append("<td>").append(escape(cell)));
      }
      page.append("</table>");
    }
    return page.append("</html>\n").toString();
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
