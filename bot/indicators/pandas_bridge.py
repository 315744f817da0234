class PandasTa: pass
